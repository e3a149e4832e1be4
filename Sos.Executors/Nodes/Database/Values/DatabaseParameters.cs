using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Sos.Executors.Nodes.Database.Sql;

namespace Sos.Executors.Nodes.Database.Values;

/// <summary>
/// JSON values as parameters. Each has the type that PostgreSQL gives to the same value written as a literal: a text's
/// type follows from where it stands, an integer is <c>integer</c> or <c>bigint</c>, another number <c>numeric</c>.
/// Objects and lists are <c>jsonb</c>; a list is an array where the SQL says so.
/// </summary>
internal static class DatabaseParameters
{
    /// <summary>The most parameters of a statement.</summary>
    public const int MaxCount = 1_000;

    private const int DecimalDigits = 28;

    /// <summary>What is wrong with the parameters of a statement; null if nothing.</summary>
    public static string? Problem(SqlStatement statement, JsonElement parameters)
    {
        switch (parameters.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Array:
                var count = parameters.ValueKind == JsonValueKind.Array ? parameters.GetArrayLength() : 0;
                if (count > MaxCount)
                    return $"There are {count:N0} parameters; at most {MaxCount:N0} are sent. Send a list as one parameter.";
                return statement.HighestNumber == count ? null
                    : $"The SQL has parameters up to ${statement.HighestNumber}, and parameters has {count} {(count == 1 ? "value" : "values")}. Give a value for each, in order.";
            case JsonValueKind.Object:
                if (statement.HighestNumber > 0)
                    return "The SQL has numbered parameters such as $1, and parameters has names. Write @name in the SQL, or give the values as a list.";
                if (statement.Names.Count > MaxCount)
                    return $"The SQL has more than {MaxCount:N0} parameters.";
                return statement.Names.FirstOrDefault(n => !parameters.TryGetProperty(n, out _)) is { } missing
                    ? $"The SQL has a parameter @{missing}, and parameters has no value of that name."
                    : null;
            default:
                return $"parameters is {ScalarText.KindOf(parameters)}; it must be a list for $1, $2 and so on, or an object for @name.";
        }
    }

    /// <summary>The SQL to send and its parameters.</summary>
    /// <exception cref="ParameterException">A value can't be sent.</exception>
    public static (SentSql Sql, IReadOnlyList<NpgsqlParameter> Parameters) Bind(SqlStatement statement, JsonElement parameters)
    {
        switch (parameters.ValueKind)
        {
            case JsonValueKind.Array:
                var values = parameters.EnumerateArray().Select((value, i) =>
                    Parameter($"${i + 1}", value, statement.IsArray(t => t.Kind == SqlTokenKind.Numbered && statement.NumberOf(t) == i + 1)));
                return (statement.Number(null), [.. values]);
            case JsonValueKind.Object:
                var names = statement.Names;
                var named = names.Select(name =>
                    Parameter("@" + name, parameters.GetProperty(name), statement.IsArray(t => t.Kind == SqlTokenKind.Named && statement.NameOf(t) == name)));
                return (statement.Number(names.Index().ToDictionary(n => n.Item, n => n.Index + 1, StringComparer.Ordinal)), [.. named]);
            default:
                return (statement.Number(null), []);
        }
    }

    /// <summary>The texts and numbers in parameters, which messages must not repeat; those of one or two characters could be anything.</summary>
    public static IEnumerable<string> ValuesIn(JsonElement parameters) => parameters.ValueKind switch
    {
        JsonValueKind.Array => parameters.EnumerateArray().SelectMany(ValuesIn),
        JsonValueKind.Object => parameters.EnumerateObject().SelectMany(p => ValuesIn(p.Value)),
        JsonValueKind.String or JsonValueKind.Number when ScalarText.Of(parameters) is { Length: > 2 } text => [text],
        _ => [],
    };

    private static NpgsqlParameter Parameter(string name, JsonElement value, bool isArray) => value.ValueKind switch
    {
        JsonValueKind.Null => Unknown(DBNull.Value),
        JsonValueKind.True or JsonValueKind.False => new NpgsqlParameter { Value = value.GetBoolean() },
        JsonValueKind.Number => Number(value.GetRawText()),
        JsonValueKind.String => Unknown(Storable(name, value.GetString()!)),
        JsonValueKind.Array when isArray => Unknown(Storable(name, ArrayText.Write(value))),
        _ => new NpgsqlParameter { Value = value.GetRawText(), NpgsqlDbType = NpgsqlDbType.Jsonb },
    };

    private static NpgsqlParameter Unknown(object value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Unknown };

    private static NpgsqlParameter Number(string text)
    {
        // 5.0 and 5e0 are the integer 5, as everywhere in SOS.
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && text.Count(char.IsAsciiDigit) <= DecimalDigits && IsExact(text, number))
        {
            if (number != decimal.Truncate(number) || number is < long.MinValue or > long.MaxValue)
                return new NpgsqlParameter { Value = number, NpgsqlDbType = NpgsqlDbType.Numeric };
            return number is >= int.MinValue and <= int.MaxValue ? new NpgsqlParameter { Value = (int)number } : new NpgsqlParameter { Value = (long)number };
        }
        return BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
            ? new NpgsqlParameter { Value = integer, NpgsqlDbType = NpgsqlDbType.Numeric }
            : new NpgsqlParameter { Value = double.Parse(text, CultureInfo.InvariantCulture) };
    }

    // decimal rounds away what is smaller than 1e-28.
    private static bool IsExact(string text, decimal number) =>
        !text.AsSpan().ContainsAny('e', 'E') || (double)number == double.Parse(text, CultureInfo.InvariantCulture);

    private static string Storable(string name, string text) => text.Contains('\0', StringComparison.Ordinal)
        ? throw new ParameterException($"The parameter {name} has a character U+0000, which PostgreSQL can't hold.")
        : text;
}

/// <summary>A value can't be a parameter.</summary>
/// <param name="message">A sentence; without the value.</param>
internal sealed class ParameterException(string message) : Exception(message);
