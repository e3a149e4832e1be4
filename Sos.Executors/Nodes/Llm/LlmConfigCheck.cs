using System.Text.Json;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Llm;

/// <summary>What can be wrong with an <c>llm</c> config that its schema can't say.</summary>
internal static class LlmConfigCheck
{
    public static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        if (!config.TryGetProperty("prompt", out _) && !config.TryGetProperty("messages", out _))
            yield return new ConfigProblem("", "invalid_config", "A model needs something to answer: give it a prompt, or messages.");
        // A schema that expressions are part of is known only when the node runs.
        if (config.TryGetProperty("output", out var output) && output.ValueKind == JsonValueKind.Object && output.TryGetProperty("schema", out var schema)
            && schema.ValueKind == JsonValueKind.Object && !schema.GetRawText().Contains("{{", StringComparison.Ordinal)
            && !JsonSchema.TryCompile(schema, out _, out var problems))
        {
            foreach (var problem in problems)
                yield return new ConfigProblem($"/output/schema{problem.Pointer}", "invalid_config", problem.Message);
        }
    }
}
