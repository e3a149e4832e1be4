using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Json;

namespace Sos.Executors.Engine;

/// <summary>What a node wants to see again can't be stored; the node fails, and not the checkpoint.</summary>
internal sealed class NodeStateException(NodeError error) : Exception(error.Message)
{
    private const int MaxBytes = 16 * 1024 * 1024;

    // Deeper than an output: a state may hold outputs.
    private static readonly StorableJsonLimits Limits = new() { MaxBytes = MaxBytes, MaxDepth = 128, MaxProblems = 1 };

    /// <summary>Why, fit to be the node's own error.</summary>
    public NodeError Error { get; } = error;

    /// <summary>Makes a state storable.</summary>
    /// <returns>Why it can't be stored; null where it can.</returns>
    public static NodeError? Check(ref JsonElement state)
    {
        state = StorableJson.Clean(state);
        var problems = StorableJson.Check(state, Limits);
        return problems.Count == 0 ? null : new NodeError("state_not_storable", $"What the node has to remember can't be stored, at '{problems[0].Pointer}': {problems[0].Message}");
    }
}
