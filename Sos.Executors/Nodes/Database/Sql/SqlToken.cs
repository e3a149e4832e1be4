namespace Sos.Executors.Nodes.Database.Sql;

/// <summary>What a piece of SQL is.</summary>
internal enum SqlTokenKind
{
    /// <summary>A keyword or a name without quotes.</summary>
    Word,

    /// <summary>A name in double quotes.</summary>
    QuotedName,

    /// <summary>A text, in single quotes or between dollar signs.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>$1</c>.</summary>
    Numbered,

    /// <summary><c>@name</c>, which is a parameter only where parameters have names.</summary>
    Named,

    /// <summary>An operator, a bracket, a comma and so on.</summary>
    Symbol,

    /// <summary><c>;</c>.</summary>
    Semicolon,
}

/// <summary>A piece of SQL.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends; the first character behind it.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, int Start, int End);
