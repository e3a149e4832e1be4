using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sos.Api.Executions;
using Sos.Api.Workflows;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Editor;

/// <summary>
/// Runs one node by itself, with given data for what it reads: as a workflow of its own, so that it is checked, bounded,
/// traced and costed like every run. Steps that it reads are stood in for by nodes that give the data.
/// </summary>
internal sealed partial class NodeTest(OwnWorkflows workflows, DefinitionInput input, ExecutionReader reader)
{
    /// <summary>The workflow that tests are versions of.</summary>
    public const string WorkflowName = "node-test";

    private const string EachId = "each-item";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs a node.</summary>
    /// <param name="caller">Who tests.</param>
    /// <param name="definition">What <see cref="Define"/> made.</param>
    /// <param name="executionInput">The execution's input.</param>
    /// <param name="nodeId">The node.</param>
    /// <param name="cancellationToken">Stops waiting; the run goes on.</param>
    /// <returns>The execution, and the node's step where it got to it. It may still be running.</returns>
    /// <exception cref="Problems.ProblemException">The definition or the input is wrong.</exception>
    public async Task<(Guid ExecutionId, Execution? Ended, Step? Step)> RunAsync(KeyHolder caller, JsonObject definition, JsonElement executionInput, string nodeId, CancellationToken cancellationToken)
    {
        var (checkedDefinition, _) = input.Accept(Encoding.UTF8.GetBytes(definition.ToJsonString()));
        var (ended, receipt) = await workflows.RunOnceAsync(caller, checkedDefinition, executionInput, Patience, cancellationToken);
        var id = ended?.Id ?? receipt!.Id;
        var steps = await reader.ListStepsAsync(caller.WorkspaceId, id, null, 200, cancellationToken);
        return (id, ended, steps?.Items.FirstOrDefault(s => s.NodeId == nodeId));
    }

    /// <summary>The workflow that runs one node.</summary>
    /// <param name="node">The node as it is in the document.</param>
    /// <param name="steps">The data of the steps that it may read, by their ids.</param>
    /// <param name="item">The item, where the node is in the body of another; null where it is not.</param>
    public static JsonObject Define(JsonObject node, JsonObject steps, JsonNode? item)
    {
        var tested = (JsonObject)node.DeepClone();
        tested.Remove("position");
        tested.Remove("join");
        var id = EditorJson.Text(tested, "id") ?? "";
        var nodes = new JsonArray();
        var edges = new JsonArray();
        var start = item is null ? id : EachId;
        foreach (var step in StepReferences.In(tested["config"]).Where(s => s != id && !IsInside(tested, s)))
        {
            nodes.Add((JsonNode)new JsonObject { ["id"] = step, ["type"] = "transform", ["config"] = new JsonObject { ["value"] = Literal(steps[step]) } });
            edges.Add((JsonNode)new JsonObject { ["from"] = step, ["to"] = start });
        }
        nodes.Add((JsonNode)(item is null ? tested : new JsonObject
        {
            ["id"] = EachId,
            ["type"] = "foreach",
            ["config"] = new JsonObject { ["items"] = new JsonArray(Literal(item)), ["body"] = new JsonObject { ["nodes"] = new JsonArray(tested) } },
        }));
        return new JsonObject { ["name"] = WorkflowName, ["description"] = "Tests of single nodes from the editor.", ["nodes"] = nodes, ["edges"] = edges };
    }

    /// <summary>Data as a config that gives just that: what looks like an expression in it stays text.</summary>
    private static JsonNode? Literal(JsonNode? data) => data switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Literal(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Literal)]),
        _ when EditorJson.Text(data) is { } text => JsonValue.Create(Braces().Replace(text, "$1$1\\{{")),
        _ => data?.DeepClone(),
    };

    /// <summary>Whether a node is in the body of the tested one, and so needs no data.</summary>
    private static bool IsInside(JsonNode? part, string id) => part switch
    {
        JsonObject o => o.Any(p => p.Key == "nodes" && p.Value is JsonArray list && list.OfType<JsonObject>().Any(n => EditorJson.Text(n, "id") == id) || IsInside(p.Value, id)),
        JsonArray a => a.Any(i => IsInside(i, id)),
        _ => false,
    };

    [GeneratedRegex(@"(\\*)\{\{", RegexOptions.CultureInvariant)]
    private static partial Regex Braces();
}
