using System.Text.Json;

namespace Sos.Workflows.Expressions.Values;

/// <summary>
/// Reads text of JSON. JSON can escape half of a surrogate pair (<c>"\ud800"</c>), which is found only when the text is
/// read, and is no text of CEL.
/// </summary>
internal static class JsonText
{
    internal static string Read(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    internal static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    internal static bool Equals(JsonElement json, string text)
    {
        try
        {
            return json.ValueEquals(text);
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    internal static bool Equals(JsonElement json, ReadOnlySpan<byte> utf8Text)
    {
        try
        {
            return json.ValueEquals(utf8Text);
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    internal static bool TryGetProperty(JsonElement json, string name, out JsonElement value)
    {
        try
        {
            return json.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    internal static bool TryGetProperty(JsonElement json, ReadOnlySpan<byte> utf8Name, out JsonElement value)
    {
        try
        {
            return json.TryGetProperty(utf8Name, out value);
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    internal static void Write(JsonElement json, Utf8JsonWriter writer)
    {
        try
        {
            json.WriteTo(writer);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw NotUnicode();
        }
    }

    private static CelException NotUnicode() => new(new CelError(
        CelErrorCodes.InvalidArgument, "The JSON has text that is not Unicode (half of a surrogate pair).", 0, 1, 1));
}
