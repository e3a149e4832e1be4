using System.Text.Json;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Validation;

/// <summary>
/// A graph as far as it can be read, whatever is wrong with it, so that one mistake does not hide the others.
/// </summary>
internal sealed class GraphDraft(string pointer, JsonElement json, NodeDraft? owner)
{
    /// <summary>Where the graph stands: empty for the workflow, <c>/nodes/3/config/body</c> for a body.</summary>
    public string Pointer => pointer;

    /// <summary>The object that holds the graph.</summary>
    public JsonElement Json => json;

    /// <summary>The node whose body this is; null for the workflow.</summary>
    public NodeDraft? Owner => owner;

    public List<NodeDraft> Nodes { get; } = [];

    public List<EdgeDraft> Edges { get; } = [];

    /// <summary>How the nodes follow one another; set once the edges have been checked.</summary>
    public GraphOrder? Order { get; set; }

    /// <summary>This graph and all bodies in it, outermost first.</summary>
    public IEnumerable<GraphDraft> WithBodies() =>
        Nodes.Select(n => n.Body).OfType<GraphDraft>().SelectMany(b => b.WithBodies()).Prepend(this);

    /// <summary>This graph and all graphs around it, innermost first.</summary>
    public IEnumerable<GraphDraft> WithOwners() => owner is null ? [this] : owner.Graph.WithOwners().Prepend(this);
}

/// <summary>A node as far as it can be read.</summary>
internal sealed class NodeDraft(GraphDraft graph, int index, string pointer, JsonElement json)
{
    private static readonly JsonElement NoConfig = JsonElement.Parse("{}"u8);

    /// <summary>The graph that it is in.</summary>
    public GraphDraft Graph => graph;

    /// <summary>Its place among the graph's readable nodes.</summary>
    public int Index => index;

    /// <summary>Where it stands.</summary>
    public string Pointer => pointer;

    /// <summary>The object that it is.</summary>
    public JsonElement Json => json;

    /// <summary>Its id; null when there is none.</summary>
    public required string? Id { get; init; }

    /// <summary>Its type's name; null when there is none.</summary>
    public required string? TypeName { get; init; }

    /// <summary>Its type; null when it is not known.</summary>
    public required NodeType? Type { get; init; }

    public string ConfigPointer => pointer + "/config";

    /// <summary>Its config, empty when there is none; null when it is no object.</summary>
    public JsonElement? Config =>
        !json.TryGetProperty("config", out var config) ? NoConfig : config.ValueKind == JsonValueKind.Object ? config : null;

    /// <summary>The graph in its config; null when it has none that can be read.</summary>
    public GraphDraft? Body { get; set; }

    /// <summary>What messages call it.</summary>
    public string Label => Id is null ? $"the node at {pointer}" : $"'{Id}'";
}

/// <summary>An edge as far as it can be read.</summary>
/// <param name="Pointer">Where it stands.</param>
/// <param name="From">The id it leaves from; null when there is none.</param>
/// <param name="To">The id it leads to; null when there is none.</param>
/// <param name="When">The branch that takes it; null for any.</param>
/// <param name="OnError">Whether it is taken when its node fails.</param>
internal sealed record EdgeDraft(string Pointer, string? From, string? To, string? When, bool OnError);
