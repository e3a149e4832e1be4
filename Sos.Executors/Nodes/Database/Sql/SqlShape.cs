using System.Text;

namespace Sos.Executors.Nodes.Database.Sql;

/// <summary>
/// What telemetry may say of a statement: what it does to which tables, and its text with <c>?</c> in the place of values
/// (OpenTelemetry's conventions for database spans).
/// </summary>
/// <param name="Operation">The statement's verb, such as <c>SELECT</c>.</param>
/// <param name="Collections">The tables that it names, each once.</param>
/// <param name="Summary">Verbs and tables in the order in which they come: <c>INSERT orders SELECT carts</c>.</param>
/// <param name="Text">The text without values and comments.</param>
internal sealed record SqlShape(string Operation, IReadOnlyList<string> Collections, string Summary, string Text)
{
    private const int MaxSummary = 255;
    private const int MaxText = 4_000;

    private static readonly HashSet<string> Verbs = new(StringComparer.OrdinalIgnoreCase) { "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE" };

    /// <summary>The shape of a statement.</summary>
    public static SqlShape Of(SqlStatement statement)
    {
        var summary = new List<string>();
        var tables = new List<string>();
        var with = NamesOfWith(statement);
        var operation = "";
        var queries = new Stack<bool>([true]); // whether each open bracket holds a query
        for (var i = 0; i < statement.Tokens.Count; i++)
        {
            if (statement.Is(i, "("))
                queries.Push(IsQueryAt(statement, i + 1));
            else if (statement.Is(i, ")") && queries.Count > 1)
                queries.Pop();
            if (statement.Tokens[i].Kind != SqlTokenKind.Word)
                continue;
            var word = statement.TextOf(statement.Tokens[i]).ToString().ToUpperInvariant();
            var begins = i == 0
                || (queries.Peek() && (word == "SELECT" || (Verbs.Contains(word) && (statement.Is(i - 1, "(") || (operation is "WITH" && queries.Count == 1)))));
            if (begins)
            {
                if (operation is "" or "WITH" && queries.Count == 1)
                    operation = word;
                if (word != "WITH")
                    summary.Add(word);
            }
            if (TableBehind(statement, i, word, begins, queries.Peek()) is { } table && !with.Contains(table))
            {
                summary.Add(table);
                if (!tables.Contains(table))
                    tables.Add(table);
            }
        }
        return new SqlShape(operation.Length > 0 ? operation : "SQL", tables, Cut(summary.Count > 0 ? string.Join(' ', summary) : "SQL", MaxSummary), Cut(TextOf(statement), MaxText));
    }

    private static string? TableBehind(SqlStatement statement, int index, string word, bool begins, bool inQuery)
    {
        var names = word switch
        {
            "FROM" => inQuery && !statement.Is(index - 1, "distinct"),
            "JOIN" => true,
            "INTO" => statement.Is(index - 1, "insert") || statement.Is(index - 1, "merge"),
            "USING" => index > 2 && statement.Is(0, "merge"),
            "UPDATE" => begins,
            "TABLE" => index is > 0 and < 4,
            _ => false,
        };
        if (!names)
            return null;
        var at = index + 1;
        while (statement.Is(at, "only") || statement.Is(at, "lateral") || statement.Is(at, "if") || statement.Is(at, "not") || statement.Is(at, "exists"))
            at++;
        var name = new StringBuilder();
        while (at < statement.Tokens.Count && statement.Tokens[at].Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName)
        {
            name.Append(statement.TextOf(statement.Tokens[at++]));
            if (!statement.Is(at, "."))
                break;
            name.Append('.');
            at++;
        }
        // from generate_series(1, 3) names a function, insert into orders (id) a table.
        return name.Length == 0 || (statement.Is(at, "(") && word is "FROM" or "JOIN") ? null : name.ToString();
    }

    private static HashSet<string> NamesOfWith(SqlStatement statement)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 1; i < statement.Tokens.Count - 1 && (statement.Is(0, "with") || names.Count > 0); i++)
        {
            if (statement.Tokens[i].Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName && statement.Is(i + 1, "as")
                && (statement.Is(i - 1, "with") || statement.Is(i - 1, "recursive") || statement.Is(i - 1, ",")))
                names.Add(statement.TextOf(statement.Tokens[i]).ToString());
        }
        return names;
    }

    private static bool IsQueryAt(SqlStatement statement, int index) =>
        statement.Is(index, "with") || (index < statement.Tokens.Count && Verbs.Contains(statement.TextOf(statement.Tokens[index]).ToString()));

    private static string TextOf(SqlStatement statement)
    {
        var text = new StringBuilder();
        var end = 0;
        foreach (var token in statement.Tokens)
        {
            var isValue = token.Kind is SqlTokenKind.Text or SqlTokenKind.Number;
            if (isValue && EndsWithListOfValues(text))
            {
                // in (?, ?, ?) is in (?): the same statement however long the list.
                text.Length = text.ToString().LastIndexOf(',');
                end = token.End;
                continue;
            }
            if (token.Start > end && text.Length > 0)
                text.Append(' ');
            if (isValue)
                text.Append('?');
            else
                text.Append(statement.TextOf(token));
            end = token.End;
            if (text.Length > MaxText)
                break;
        }
        return text.ToString();
    }

    private static bool EndsWithListOfValues(StringBuilder text)
    {
        var i = text.Length - 1;
        return i > 0 && text[i] == ',' && text[i - 1] == '?';
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
