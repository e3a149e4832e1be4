using System.Text.Json.Nodes;

namespace Sos.Api.Pages.Forms;

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
    public Func<string, (string? Value, string? Problem)> Evaluate { get; init; } = _ => default;

    /// <summary>What a field may name.</summary>
    public Func<SchemaField, IReadOnlyList<string>> Suggest { get; init; } = _ => [];

    /// <summary>Whether an expression may stand for a value.</summary>
    public bool AllowsExpressions { get; init; } = true;

    /// <summary>Is told whether what was typed into the field of a pointer is no value; the value before it stays.</summary>
    public Action<string, bool> Mistaken { get; init; } = (_, _) => { };
}
