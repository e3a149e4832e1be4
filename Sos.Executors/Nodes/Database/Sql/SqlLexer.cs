namespace Sos.Executors.Nodes.Database.Sql;

/// <summary>Cuts SQL into tokens as PostgreSQL does (its manual, chapter 4.1), with <c>standard_conforming_strings</c> on.</summary>
/// <param name="sql">The SQL.</param>
internal sealed class SqlLexer(string sql)
{
    private const string Operators = "+-*/<>=~!@#%^&|`?";

    // Behind these, @name is a parameter: a=@id. In <@name and @@name, the @ belongs to the operator.
    private const string BeforeNamed = "=+-*/%|>";

    private int at;

    /// <summary>What is left open at the end, such as “a quoted text”; null if nothing.</summary>
    public string? Open { get; private set; }

    /// <summary>The next token, without blanks and comments; null at the end.</summary>
    public SqlToken? Next()
    {
        SkipBlanks();
        if (Open is not null || at >= sql.Length)
            return null;
        var start = at;
        return new SqlToken(Read(), start, at);
    }

    private SqlTokenKind Read()
    {
        var c = sql[at];
        switch (c)
        {
            case ';':
                at++;
                return SqlTokenKind.Semicolon;
            case '\'':
                Text(escapes: false);
                return SqlTokenKind.Text;
            case '"':
                Quoted('"', "a quoted name");
                return SqlTokenKind.QuotedName;
            case '$':
                return Dollar();
        }
        if (IsNameStart(c))
            return Name();
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
            return Number();
        return Operators.Contains(c, StringComparison.Ordinal) ? Operator() : Symbol();
    }

    private SqlTokenKind Name()
    {
        var prefix = QuotePrefix(at);
        if (prefix == 1)
        {
            var escapes = sql[at] is 'e' or 'E';
            at++;
            Text(escapes);
            return SqlTokenKind.Text;
        }
        if (prefix == 2)
        {
            at += 2;
            if (sql[at] == '"')
            {
                Quoted('"', "a quoted name");
                return SqlTokenKind.QuotedName;
            }
            Text(escapes: false);
            return SqlTokenKind.Text;
        }
        while (at < sql.Length && IsNamePart(sql[at]))
            at++;
        return SqlTokenKind.Word;
    }

    private SqlTokenKind Number()
    {
        while (at < sql.Length && (char.IsAsciiLetterOrDigit(sql[at]) || sql[at] is '.' or '_' || (sql[at] is '+' or '-' && sql[at - 1] is 'e' or 'E')))
            at++;
        return SqlTokenKind.Number;
    }

    private SqlTokenKind Dollar()
    {
        var end = at + 1;
        if (char.IsAsciiDigit(Peek(1)))
        {
            while (end < sql.Length && char.IsAsciiDigit(sql[end]))
                end++;
            at = end;
            return SqlTokenKind.Numbered;
        }
        if (IsNameStart(Peek(1)))
        {
            while (end < sql.Length && IsNamePart(sql[end]) && sql[end] != '$')
                end++;
        }
        if (end >= sql.Length || sql[end] != '$')
        {
            at++;
            return SqlTokenKind.Symbol;
        }
        var tag = sql[at..(end + 1)];
        var close = sql.IndexOf(tag, end + 1, StringComparison.Ordinal);
        at = close < 0 ? LeftOpen($"the text that {tag} begins") : close + tag.Length;
        return SqlTokenKind.Text;
    }

    private SqlTokenKind Operator()
    {
        if (IsNamed(at))
        {
            // With its dollars, as PostgreSQL reads a name behind an operator: @a$$ begins no text.
            at++;
            while (at < sql.Length && IsNamePart(sql[at]))
                at++;
            return SqlTokenKind.Named;
        }
        do
            at++;
        while (at < sql.Length && Operators.Contains(sql[at], StringComparison.Ordinal) && !IsComment(at)
            && !(IsNamed(at) && BeforeNamed.Contains(sql[at - 1], StringComparison.Ordinal)));
        return SqlTokenKind.Symbol;
    }

    private SqlTokenKind Symbol()
    {
        at += sql[at] == ':' && Peek(1) == ':' ? 2 : 1;
        return SqlTokenKind.Symbol;
    }

    // A text goes on behind a line break: 'one' 'two' on two lines is one text.
    private void Text(bool escapes)
    {
        while (true)
        {
            Quoted('\'', "a quoted text", escapes);
            var end = at;
            SkipBlanks(comments: false);
            if (Open is not null || at >= sql.Length || sql[at] != '\'' || sql.AsSpan(end, at - end).IndexOfAny('\r', '\n') < 0)
            {
                at = end;
                return;
            }
        }
    }

    private void Quoted(char quote, string what, bool escapes = false)
    {
        for (at++; at < sql.Length; at++)
        {
            if (escapes && sql[at] == '\\')
                at++;
            else if (sql[at] == quote && Peek(1) == quote)
                at++;
            else if (sql[at] == quote)
            {
                at++;
                return;
            }
        }
        at = LeftOpen(what);
    }

    private void SkipBlanks(bool comments = true)
    {
        while (at < sql.Length)
        {
            if (sql[at] is ' ' or '\t' or '\n' or '\r' or '\f' or '\v')
                at++;
            else if (sql[at] == '-' && Peek(1) == '-')
                at = sql.AsSpan(at).IndexOfAny('\r', '\n') is >= 0 and var length ? at + length : sql.Length;
            else if (comments && sql[at] == '/' && Peek(1) == '*')
                SkipComment();
            else
                return;
        }
    }

    // Comments nest.
    private void SkipComment()
    {
        var depth = 0;
        do
        {
            if (at >= sql.Length)
            {
                at = LeftOpen("a comment");
                return;
            }
            var step = (sql[at], Peek(1)) switch { ('/', '*') => 1, ('*', '/') => -1, _ => 0 };
            depth += step;
            at += step == 0 ? 1 : 2;
        }
        while (depth > 0);
    }

    private int LeftOpen(string what)
    {
        Open = what;
        return sql.Length;
    }

    // In @E'' the @ is an operator.
    private bool IsNamed(int index) => sql[index] == '@' && index + 1 < sql.Length && IsNameStart(sql[index + 1]) && QuotePrefix(index + 1) == 0;

    /// <summary>How long what stands before a quote is: E'', B'', X'', N'' and U&amp;'' are texts, U&amp;"" is a name.</summary>
    private int QuotePrefix(int index) => sql[index] switch
    {
        'e' or 'E' or 'b' or 'B' or 'x' or 'X' or 'n' or 'N' when index + 1 < sql.Length && sql[index + 1] == '\'' => 1,
        'u' or 'U' when index + 2 < sql.Length && sql[index + 1] == '&' && sql[index + 2] is '\'' or '"' => 2,
        _ => 0,
    };

    private bool IsComment(int index) => index + 1 < sql.Length && (sql[index], sql[index + 1]) is ('-', '-') or ('/', '*');

    private char Peek(int ahead) => at + ahead < sql.Length ? sql[at + ahead] : '\0';

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_' || c >= 0x80;

    private static bool IsNamePart(char c) => IsNameStart(c) || char.IsAsciiDigit(c) || c == '$';
}
