using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Definitions;

/// <summary>Durations as definitions write them: a number and a unit, such as <c>250ms</c>, <c>1.5s</c>, <c>20s</c>, <c>5m</c>, <c>2h</c> or <c>7d</c>.</summary>
public static class Duration
{
    /// <summary>The longest duration a definition may ask for: ten years.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromDays(3650);

    /// <summary>What a duration must look like, for error messages.</summary>
    public const string Expected = "a duration such as \"250ms\", \"20s\", \"5m\", \"2h\" or \"7d\", at most 3650d";

    /// <summary>The same as a regular expression, for JSON schemas.</summary>
    public const string Pattern = @"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$";

    /// <summary>Reads a duration.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan duration)
    {
        duration = default;
        if (text is not { Length: >= 2 and <= 32 })
            return false;
        var (unit, millisecondsPerUnit) = text switch
        {
            [.., 'm', 's'] => (2, 1d),
            [.., 's'] => (1, 1_000d),
            [.., 'm'] => (1, 60_000d),
            [.., 'h'] => (1, 3_600_000d),
            [.., 'd'] => (1, 86_400_000d),
            _ => (0, 0d),
        };
        if (unit == 0
            || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[^(unit + 1)])
            || !double.TryParse(text.AsSpan(0, text.Length - unit), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        var milliseconds = number * millisecondsPerUnit;
        if (milliseconds > Max.TotalMilliseconds)
            return false;
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary>Writes a duration with the largest unit that needs no fraction.</summary>
    public static string Format(TimeSpan duration)
    {
        var ticks = duration.Ticks;
        var (count, unit) = ticks switch
        {
            _ when ticks != 0 && ticks % TimeSpan.TicksPerDay == 0 => (ticks / TimeSpan.TicksPerDay, "d"),
            _ when ticks != 0 && ticks % TimeSpan.TicksPerHour == 0 => (ticks / TimeSpan.TicksPerHour, "h"),
            _ when ticks != 0 && ticks % TimeSpan.TicksPerMinute == 0 => (ticks / TimeSpan.TicksPerMinute, "m"),
            _ when ticks % TimeSpan.TicksPerSecond == 0 => (ticks / TimeSpan.TicksPerSecond, "s"),
            _ => (0L, "ms"),
        };
        return unit == "ms"
            ? duration.TotalMilliseconds.ToString(CultureInfo.InvariantCulture) + unit
            : count.ToString(CultureInfo.InvariantCulture) + unit;
    }
}

/// <summary>Reads and writes a <see cref="TimeSpan"/> as a <see cref="Duration"/>.</summary>
public sealed class DurationJsonConverter : JsonConverter<TimeSpan>
{
    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Duration.TryParse(reader.GetString(), out var duration)
            ? duration
            : throw new JsonException($"Expected {Duration.Expected}.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Duration.Format(value));
}
