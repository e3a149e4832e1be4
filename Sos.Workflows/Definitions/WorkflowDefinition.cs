using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Definitions;

/// <summary>A workflow as its author wrote it: a named, acyclic graph of nodes.</summary>
public sealed record WorkflowDefinition
{
    /// <summary>Where an editor finds the JSON schema of definitions; means nothing else.</summary>
    [JsonPropertyName("$schema")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Schema { get; init; }

    /// <summary>The workflow's name, unique in its workspace; 1 to 200 characters.</summary>
    public required string Name { get; init; }

    /// <summary>What the workflow is for, in a sentence or two.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Description { get; init; }

    /// <summary>The JSON schema that an execution's input must satisfy; null accepts any input.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? InputSchema { get; init; }

    /// <summary>The steps, in no particular order.</summary>
    public IReadOnlyList<NodeDefinition> Nodes { get; set; } = [];

    /// <summary>The ways between nodes.</summary>
    public IReadOnlyList<EdgeDefinition> Edges { get; set; } = [];

    /// <summary>
    /// A template for the execution's output. Without one, the output is that of the only last node that
    /// completed, or an object of the last nodes' outputs by node id.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Output { get; init; }

    /// <summary>How long an execution may take from its first start, waits included; null for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan? Timeout { get; init; }

    /// <summary>The graph alone, which a <c>foreach</c> body also is.</summary>
    [JsonIgnore]
    public GraphDefinition Graph => new() { Nodes = Nodes, Edges = Edges, Output = Output };
}

/// <summary>Nodes and edges without a name: a whole workflow's graph or the body of a <c>foreach</c>.</summary>
public sealed record GraphDefinition
{
    /// <inheritdoc cref="WorkflowDefinition.Nodes"/>
    public IReadOnlyList<NodeDefinition> Nodes { get; set; } = [];

    /// <inheritdoc cref="WorkflowDefinition.Edges"/>
    public IReadOnlyList<EdgeDefinition> Edges { get; set; } = [];

    /// <inheritdoc cref="WorkflowDefinition.Output"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Output { get; init; }
}

/// <summary>A step of a definition.</summary>
public sealed record NodeDefinition
{
    /// <summary>
    /// Unique in the whole definition, bodies included; letters, digits, <c>_</c> and <c>-</c>, starting with a
    /// letter, at most 64 characters. Expressions name a node's output <c>steps.id</c>, or <c>steps["id"]</c>.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>The name of the node's type, such as <c>http</c>.</summary>
    public required string Type { get; init; }

    /// <summary>A label for people; the id where null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    /// <summary>What the node type's JSON schema describes; strings may hold <c>{{ expressions }}</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Config { get; init; }

    /// <summary>How failures are tried again; null for one attempt.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RetryPolicy? Retry { get; init; }

    /// <summary>How long one attempt may take; null for the executor's default. Waiting does not count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether the node waits for all its incoming edges or starts at the first one taken.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JoinMode Join { get; init; }

    /// <summary>Where an editor draws the node; the engine ignores it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NodePosition? Position { get; init; }
}

/// <summary>A point on an editor's canvas, in its own units.</summary>
public sealed record NodePosition(double X, double Y);

/// <summary>When a node with several incoming edges is ready.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JoinMode>))]
public enum JoinMode
{
    /// <summary>When every incoming edge is settled and at least one was taken.</summary>
    [JsonStringEnumMemberName("all")] All,

    /// <summary>At the first incoming edge that is taken.</summary>
    [JsonStringEnumMemberName("any")] Any,
}

/// <summary>A way from one node to another.</summary>
public sealed record EdgeDefinition
{
    /// <summary>The id of the node that the edge leaves.</summary>
    public required string From { get; init; }

    /// <summary>The id of the node that the edge enters.</summary>
    public required string To { get; init; }

    /// <summary>The branch of <see cref="From"/> that takes this edge; null takes it whatever the branch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? When { get; init; }

    /// <summary>Whether the edge is taken when <see cref="From"/> completes or when it fails for good.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public EdgeTrigger On { get; init; }
}

/// <summary>The outcome of a node that takes an edge.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EdgeTrigger>))]
public enum EdgeTrigger
{
    /// <summary>The node completed.</summary>
    [JsonStringEnumMemberName("success")] Success,

    /// <summary>The node failed for good. Such an edge keeps the execution from failing.</summary>
    [JsonStringEnumMemberName("error")] Error,
}
