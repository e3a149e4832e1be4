using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Executors.Nodes.Agent;

/// <summary>What models and tools give may be anything; what an agent remembers of it must be storable and readable again.</summary>
internal static class Stored
{
    // Leaves room for what the agent's state wraps around it.
    private static readonly StorableJsonLimits Limits = new() { MaxDepth = 40, MaxProblems = 1 };

    /// <summary>Replaces characters that can't be stored, and says what else is wrong; null where nothing is.</summary>
    public static string? Problem(ref JsonElement value)
    {
        value = StorableJson.Clean(value);
        var problems = StorableJson.Check(value, Limits);
        return problems.Count == 0 ? null : $"At '{problems[0].Pointer}': {problems[0].Message}";
    }
}
