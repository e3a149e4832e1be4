namespace Sos.Migrations.Schema;

/// <summary>One statement of a script and where it starts, counted in characters from 0.</summary>
internal readonly record struct SqlStatement(string Text, int Offset);

/// <summary>
/// Splits a script at the semicolons between its statements, so that an error can be shown at its line in the file.
/// Knows PostgreSQL's quotes, dollar quotes, comments (nested too) and SQL function bodies (<c>begin atomic … end</c>).
/// </summary>
internal static class SqlStatements
{
    /// <summary>The statements in order, without their semicolons; what holds nothing but comments is left out.</summary>
    public static IReadOnlyList<SqlStatement> Split(string sql)
    {
        var statements = new List<SqlStatement>();
        var start = -1; // of the current statement: its first character that is no space or comment
        var body = 0; // depth of begin … end and case … end in a function's body
        var word = "";
        var at = 0;
        while (at < sql.Length)
        {
            var next = Skip(sql, at, out var isText);
            if (!isText)
            {
                at = next;
                continue;
            }
            if (sql[at] == ';' && body == 0)
            {
                Add(at);
                (start, word) = (-1, "");
            }
            else if (start < 0)
            {
                start = at;
            }
            if (IsWordStart(sql[at]))
            {
                var previous = word;
                word = sql[at..next].ToLowerInvariant();
                body += (word, body) switch
                {
                    ("atomic", 0) when previous == "begin" => 1,
                    ("case", > 0) => 1,
                    ("end", > 0) => -1,
                    _ => 0,
                };
            }
            at = next;
        }
        Add(sql.Length);
        return statements;

        void Add(int end)
        {
            if (start >= 0)
                statements.Add(new SqlStatement(sql[start..end].TrimEnd(), start));
        }
    }

    /// <summary>The line and column, from 1, of a character in a text.</summary>
    public static (int Line, int Column) Locate(string text, int offset)
    {
        var before = text.AsSpan(0, Math.Clamp(offset, 0, text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }

    /// <summary>Where the token at a position ends, and whether it is more than space or a comment.</summary>
    private static int Skip(string sql, int at, out bool isText)
    {
        var rest = sql.AsSpan(at);
        isText = !char.IsWhiteSpace(sql[at]) && !rest.StartsWith("--") && !rest.StartsWith("/*");
        if (rest.StartsWith("--"))
            return End(sql, sql.IndexOf('\n', at), 1);
        if (rest.StartsWith("/*"))
            return SkipComment(sql, at);
        return sql[at] switch
        {
            '\'' => SkipQuoted(sql, at, '\'', escapes: false),
            '"' => SkipQuoted(sql, at, '"', escapes: false),
            'e' or 'E' when at + 1 < sql.Length && sql[at + 1] == '\'' => SkipQuoted(sql, at + 1, '\'', escapes: true),
            '$' => SkipDollarQuoted(sql, at),
            var first when IsWordStart(first) => SkipWord(sql, at),
            _ => at + 1,
        };
    }

    private static int SkipQuoted(string sql, int at, char quote, bool escapes)
    {
        for (var i = at + 1; i < sql.Length; i++)
        {
            if (escapes && sql[i] == '\\')
                i++;
            else if (sql[i] == quote)
                return NextIs(i + 1) ? SkipQuoted(sql, i + 1, quote, escapes) : i + 1; // doubled: it goes on
        }
        return sql.Length;

        bool NextIs(int next) => next < sql.Length && sql[next] == quote;
    }

    private static int SkipComment(string sql, int at)
    {
        var depth = 0;
        for (var i = at; i + 1 < sql.Length; i++)
        {
            if (sql[i] == '/' && sql[i + 1] == '*')
                (depth, i) = (depth + 1, i + 1);
            else if (sql[i] == '*' && sql[i + 1] == '/')
                (depth, i) = (depth - 1, i + 1);
            if (depth == 0)
                return i + 1;
        }
        return sql.Length;
    }

    private static int SkipDollarQuoted(string sql, int at)
    {
        var tagEnd = at + 1;
        while (tagEnd < sql.Length && (char.IsLetterOrDigit(sql[tagEnd]) || sql[tagEnd] == '_'))
            tagEnd++;
        if (tagEnd >= sql.Length || sql[tagEnd] != '$' || char.IsDigit(sql[at + 1]))
            return at + 1; // a parameter, $1
        var tag = sql[at..(tagEnd + 1)];
        return End(sql, sql.IndexOf(tag, tagEnd + 1, StringComparison.Ordinal), tag.Length);
    }

    private static int SkipWord(string sql, int at)
    {
        while (at < sql.Length && (IsWordStart(sql[at]) || char.IsDigit(sql[at]) || sql[at] == '$'))
            at++;
        return at;
    }

    private static bool IsWordStart(char c) => char.IsLetter(c) || c == '_';

    private static int End(string sql, int found, int length) => found < 0 ? sql.Length : found + length;
}
