using System.Text.Json;

namespace Sos.Workflows.Json;

/// <summary>Reads members of JSON that may be of any shape: what is not there, or is of another kind, is null.</summary>
public static class JsonMembers
{
    /// <summary>An object's member; null where there is none, or the value is no object.</summary>
    /// <param name="value">The object.</param>
    /// <param name="name">The member's name.</param>
    public static JsonElement? Member(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var member) ? member : null;

    /// <summary>An object's member that is a text; null where there is none, or it is none.</summary>
    /// <param name="value">The object.</param>
    /// <param name="name">The member's name.</param>
    public static string? TextMember(this JsonElement value, string name) =>
        value.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
