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

    /// <summary>What was typed into the field of a pointer and is no value; null where the field says its value.</summary>
    public required Func<string, UnreadText?> Unread { get; init; }

    /// <summary>Keeps for the field of a pointer what was typed into it, and why it is no value; the value stays.</summary>
    public required Action<string, string, string> Keep { get; init; }

    /// <summary>Forgets what was typed into the field of a pointer; its value counts.</summary>
    public required Action<string> Forget { get; init; }
}
