using System.Text.Json.Nodes;

namespace Sos.Api.Pages.Editor;

/// <summary>What the fields of a form share: where their values are, and what is known of them.</summary>
internal sealed class FormModel
{
    /// <summary>The value at a pointer; null for none.</summary>
    public required Func<string, JsonNode?> Get { get; init; }

    /// <summary>Sets the value at a pointer.</summary>
    public required Action<string, JsonNode?> Set { get; init; }

    /// <summary>Takes the value at a pointer away.</summary>
    public required Action<string> Unset { get; init; }

    /// <summary>What is wrong with the value at a pointer itself, or anywhere in it.</summary>
    public required Func<string, bool, IEnumerable<string>> Problems { get; init; }

    /// <summary>What a text with expressions comes to, or what is wrong with it.</summary>
    public required Func<string, (string? Value, string? Problem)> Evaluate { get; init; }

    /// <summary>What a field may name.</summary>
    public required Func<SchemaField, IReadOnlyList<string>> Suggest { get; init; }
}
