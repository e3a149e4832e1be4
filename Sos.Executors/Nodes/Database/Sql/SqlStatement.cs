using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sos.Executors.Nodes.Database.Sql;

/// <summary>One statement, read only as far as its parameters, its shape and its bounds need it: the rest is PostgreSQL's.</summary>
internal sealed class SqlStatement
{
    /// <summary>The most characters of a statement.</summary>
    public const int MaxLength = 100_000;

    // The node begins and ends its transaction itself; COPY is another protocol.
    private static readonly HashSet<string> NotAllowed = new(StringComparer.OrdinalIgnoreCase)
    {
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "COPY",
    };

    private readonly string sql;
    private readonly List<SqlToken> tokens;

    private SqlStatement(string sql, List<SqlToken> tokens) => (this.sql, this.tokens) = (sql, tokens);

    /// <summary>The tokens.</summary>
    public IReadOnlyList<SqlToken> Tokens => tokens;

    /// <summary>Whether there is a semicolon in it somewhere: in a text, for instance.</summary>
    public bool HasSemicolon => sql.AsSpan(0, tokens[^1].End).Contains(';');

    /// <summary>The highest number of a parameter; 0 where none has a number.</summary>
    public int HighestNumber => tokens.Where(t => t.Kind == SqlTokenKind.Numbered).Select(NumberOf).DefaultIfEmpty().Max();

    /// <summary>What stands behind every <c>@</c>, in case parameters have names; each once, in order.</summary>
    public IReadOnlyList<string> Names => [.. tokens.Where(t => t.Kind == SqlTokenKind.Named).Select(NameOf).Distinct(StringComparer.Ordinal)];

    /// <summary>Reads a statement.</summary>
    /// <param name="sql">The SQL; a semicolon at its end is left out.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="problem">A sentence: why it can't be run.</param>
    public static bool TryParse(string sql, [NotNullWhen(true)] out SqlStatement? statement, [NotNullWhen(false)] out string? problem)
    {
        statement = null;
        problem = null;
        if (sql.Length > MaxLength)
        {
            problem = $"The SQL has {sql.Length:N0} characters; at most {MaxLength:N0} are run.";
            return false;
        }
        var lexer = new SqlLexer(sql);
        var tokens = new List<SqlToken>();
        while (lexer.Next() is { } token)
            tokens.Add(token);
        while (tokens is [.., { Kind: SqlTokenKind.Semicolon }])
            tokens.RemoveAt(tokens.Count - 1);
        if (sql.Contains('\0', StringComparison.Ordinal))
            problem = "The SQL has a character U+0000.";
        else if (lexer.Open is { } open)
            problem = $"The SQL ends within {open}.";
        else if (tokens.Count == 0)
            problem = "There is no SQL.";
        else if (tokens.Exists(t => t.Kind == SqlTokenKind.Semicolon))
            problem = "There are several statements. Write one; for several in one transaction, use the action batch with a statement each.";
        else if (FirstWord(sql, tokens) is { } word && (NotAllowed.Contains(word) || IsPrepareTransaction(sql, tokens)))
            problem = $"{word.ToUpperInvariant()} can't be run here: {(word.Equals("COPY", StringComparison.OrdinalIgnoreCase) ? "use SELECT and INSERT" : "the node begins and ends the transaction itself")}.";
        else
            statement = new SqlStatement(sql, tokens);
        return problem is null;
    }

    /// <summary>A token's text.</summary>
    public ReadOnlySpan<char> TextOf(SqlToken token) => sql.AsSpan(token.Start, token.End - token.Start);

    /// <summary>The SQL for PostgreSQL, with numbers in the place of names.</summary>
    /// <param name="numbers">The numbers of the parameters that have names; null where none has.</param>
    public SentSql Number(IReadOnlyDictionary<string, int>? numbers)
    {
        var end = tokens[^1].End;
        if (numbers is null || numbers.Count == 0)
            return new SentSql(sql[..end], []);
        var text = new System.Text.StringBuilder();
        var shifts = new List<(int At, int By)>();
        var copied = 0;
        foreach (var token in tokens.Where(t => t.Kind == SqlTokenKind.Named))
        {
            text.Append(sql, copied, token.Start - copied).Append('$').Append(numbers[NameOf(token)].ToString(CultureInfo.InvariantCulture));
            copied = token.End;
            shifts.Add((text.Length, token.End - text.Length));
        }
        text.Append(sql, copied, end - copied);
        return new SentSql(text.ToString(), shifts);
    }

    /// <summary>
    /// Whether a parameter is an array of PostgreSQL wherever it stands: <c>$1::int[]</c>, <c>cast($1 as int[])</c>,
    /// <c>any($1)</c>.
    /// </summary>
    public bool IsArray(Func<SqlToken, bool> isParameter) =>
        Enumerable.Range(0, tokens.Count).Any(i => tokens[i].Kind is SqlTokenKind.Numbered or SqlTokenKind.Named && isParameter(tokens[i]) && (IsInAny(i) || IsCastToArray(i)));

    /// <summary>The number of <c>$1</c>.</summary>
    public int NumberOf(SqlToken token) =>
        int.TryParse(TextOf(token)[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    /// <summary>The name of <c>@name</c>.</summary>
    public string NameOf(SqlToken token) => TextOf(token)[1..].ToString();

    /// <summary>Whether a token is this word, in any case.</summary>
    public bool Is(int index, string word) => index >= 0 && index < tokens.Count && TextOf(tokens[index]).Equals(word, StringComparison.OrdinalIgnoreCase);

    private bool IsInAny(int index) => Is(index - 1, "(") && (Is(index - 2, "any") || Is(index - 2, "all") || Is(index - 2, "some")) && Is(index + 1, ")");

    private bool IsCastToArray(int index)
    {
        if (!Is(index + 1, "::") && !Is(index + 1, "as"))
            return false;
        // A type has a few words, perhaps a schema and a length: pg_catalog.varchar(10)[].
        for (var i = index + 2; i < tokens.Count && i < index + 14; i++)
        {
            if (Is(i, "["))
                return true;
            if (!(tokens[i].Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName || Is(i, ".") || Is(i, "(") || Is(i - 1, "(") || (Is(i, ")") && Is(i - 2, "("))))
                return false;
        }
        return false;
    }

    private static string? FirstWord(string sql, List<SqlToken> tokens) =>
        tokens[0].Kind == SqlTokenKind.Word ? sql[tokens[0].Start..tokens[0].End] : null;

    private static bool IsPrepareTransaction(string sql, List<SqlToken> tokens) => tokens.Count > 1
        && sql.AsSpan(tokens[0].Start, tokens[0].End - tokens[0].Start).Equals("PREPARE", StringComparison.OrdinalIgnoreCase)
        && sql.AsSpan(tokens[1].Start, tokens[1].End - tokens[1].Start).Equals("TRANSACTION", StringComparison.OrdinalIgnoreCase);
}

/// <summary>SQL as it is sent.</summary>
/// <param name="Text">The text.</param>
/// <param name="Shifts">From where on a position is another one in the SQL as it is written, and by how much.</param>
internal sealed record SentSql(string Text, IReadOnlyList<(int At, int By)> Shifts)
{
    /// <summary>Where something stands in the SQL as it is written.</summary>
    /// <param name="position">Where it stands in <see cref="Text"/>.</param>
    public int Written(int position) => position + Shifts.LastOrDefault(s => s.At < position).By;
}
