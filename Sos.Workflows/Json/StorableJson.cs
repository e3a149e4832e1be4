using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sos.Workflows.Json;

/// <summary>
/// What PostgreSQL's <c>jsonb</c> can hold and SOS agrees to store. Valid JSON may still hold U+0000, half surrogates,
/// numbers such as <c>1e1000000</c>, or nesting without end.
/// </summary>
public static class StorableJson
{
    /// <summary>Checks JSON text; allocates nothing when there is no problem.</summary>
    public static IReadOnlyList<JsonProblem> Check(ReadOnlySpan<byte> utf8, StorableJsonLimits? limits = null)
    {
        limits ??= StorableJsonLimits.Default;
        if (utf8.Length > limits.MaxBytes)
            return [new("", JsonProblemCodes.TooLarge, $"The JSON has {utf8.Length} bytes; at most {limits.MaxBytes} are allowed.")];
        if (!Utf8.IsValid(utf8))
            return [new("", JsonProblemCodes.InvalidUtf8, "The text is not valid UTF-8.")];
        return new JsonWalk(utf8, limits).Check();
    }

    /// <summary>Checks a parsed value; allocates nothing when there is no problem.</summary>
    public static IReadOnlyList<JsonProblem> Check(JsonElement value, StorableJsonLimits? limits = null) =>
        Check(JsonMarshal.GetRawUtf8Value(value), limits);

    /// <summary>
    /// Replaces U+0000, half surrogates and bytes that are not UTF-8 by U+FFFD, which is how outputs that SOS did not
    /// make are stored. Returns the same bytes when there is nothing to replace.
    /// </summary>
    /// <param name="utf8">JSON text. Other problems, such as numbers out of range, are left for <see cref="Check(ReadOnlySpan{byte}, StorableJsonLimits?)"/>.</param>
    public static ReadOnlyMemory<byte> Clean(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span))
            utf8 = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.Span));
        byte[]? cleaned = null;
        for (var escape = JsonEscape.NextUnstorable(utf8.Span, 0); escape >= 0; escape = JsonEscape.NextUnstorable(utf8.Span, escape + JsonEscape.Length))
        {
            // All escapes of a UTF-16 code unit have the same length, so the rest stays where it is.
            cleaned ??= utf8.ToArray();
            "\\ufffd"u8.CopyTo(cleaned.AsSpan(escape));
        }
        return cleaned ?? utf8;
    }

    /// <summary>The same for a parsed value, in strings and names; returns the value itself when there is nothing to replace.</summary>
    public static JsonElement Clean(JsonElement value)
    {
        var raw = JsonMarshal.GetRawUtf8Value(value);
        return Utf8.IsValid(raw) && JsonEscape.NextUnstorable(raw, 0) < 0 ? value : JsonElement.Parse(Clean(raw.ToArray().AsMemory()).Span, new JsonDocumentOptions { MaxDepth = 1_000 });
    }

    /// <summary>The same for a text that is to become a JSON string.</summary>
    public static string Clean(string text)
    {
        StringBuilder? cleaned = null;
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (isPair)
                i++;
            else if (text[i] == '\0' || char.IsSurrogate(text[i]))
                (cleaned ??= new StringBuilder(text))[i] = '\uFFFD';
        }
        return cleaned?.ToString() ?? text;
    }

    /// <summary>Finds what makes strings and names unreadable as .NET strings, in text that is known to be JSON.</summary>
    internal static IReadOnlyList<JsonProblem> CheckReadable(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) && JsonEscape.NextUnstorable(utf8, 0, allowsNull: true) < 0 ? [] : Check(utf8, StorableJsonLimits.ReadableOnly);
}

/// <summary>Bounds of what is stored.</summary>
public sealed record StorableJsonLimits
{
    /// <summary>The limits for what users send: 64 levels, 16 MiB.</summary>
    public static StorableJsonLimits Default { get; } = new();

    internal static StorableJsonLimits ReadableOnly { get; } = new() { MaxDepth = 1_000, MaxBytes = int.MaxValue, MaxNumberLength = int.MaxValue, AllowsNull = true };

    /// <summary>How many objects and arrays may be inside one another, 1 to 1,000.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>How many bytes of UTF-8 the text may have, white space included.</summary>
    public int MaxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How many characters a number may have; PostgreSQL keeps every digit, and expands exponents.</summary>
    public int MaxNumberLength { get; init; } = 1_000;

    /// <summary>Whether U+0000 is passed over.</summary>
    internal bool AllowsNull { get; init; }

    /// <summary>How many problems are reported.</summary>
    public int MaxProblems { get; init; } = 20;
}
