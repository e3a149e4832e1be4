using System.Text.Json;

namespace Sos.Workflows.Nodes;

/// <summary>What a node type is, without the code that runs it: enough to validate, document and draw it.</summary>
public sealed record NodeType
{
    /// <summary>The name definitions use, such as <c>http</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name people read, such as “HTTP request”.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence on what the node does.</summary>
    public required string Description { get; init; }

    /// <summary>The palette's drawer: <c>logic</c>, <c>flow</c>, <c>tools</c>, <c>ai</c> or <c>data</c>.</summary>
    public required string Category { get; init; }

    /// <summary>The JSON schema (draft 2020-12) of the node's config.</summary>
    public required JsonElement ConfigSchema { get; init; }

    /// <summary>
    /// Whether the node only computes: no input or output, no waiting, same result for the same input. Such a
    /// node needs no checkpoint of its own.
    /// </summary>
    public bool Computes { get; init; }

    /// <summary>The branches that its outgoing edges may name; null where the config decides (or any label goes); empty for none.</summary>
    public IReadOnlyList<string>? Branches { get; init; } = [];

    /// <summary>The config property that holds a nested graph, which the engine runs per item; null for none.</summary>
    public string? BodyProperty { get; init; }

    /// <summary>
    /// The config property that lists tools for a model; null for none. A tool names a node type (see <see cref="CanBeTool"/>)
    /// and has a <c>config</c> for it, whose expressions are evaluated when the tool is called and also see
    /// <see cref="ToolArguments"/>.
    /// </summary>
    public string? ToolsProperty { get; init; }

    /// <summary>The variable that holds the arguments with which a model calls a tool.</summary>
    public const string ToolArguments = "args";

    /// <summary>Whether a model may call a node of this type as a tool: it must come to an end in one attempt, without waiting.</summary>
    public bool CanBeTool { get; init; }

    /// <summary>What of the node's output a model is shown that called it as a tool; null for all of it.</summary>
    public Func<JsonElement, JsonElement>? ToolResult { get; init; }

    /// <summary>Checks of a config that a schema can't express; called only with a config that satisfies the schema.</summary>
    public Func<JsonElement, IEnumerable<ConfigProblem>>? CheckConfig { get; init; }

    /// <summary>
    /// Refuses what a config must not leave to expressions, such as the text of SQL. Security hangs on it, so it is asked
    /// when a definition is saved and again whenever a stored one is made ready to run, with the config as it is written.
    /// </summary>
    public Func<JsonElement, ConfigProblem?>? CheckWritten { get; init; }

    /// <summary>
    /// Gives a config, its expressions evaluated, as it may be stored with the step and shown: with <c>***</c> for
    /// credentials. Null where configs of the type hold none.
    /// </summary>
    public Func<JsonElement, JsonElement>? HideSecrets { get; init; }
}

/// <summary>A problem that <see cref="NodeType.CheckConfig"/> found.</summary>
/// <param name="Pointer">JSON pointer into the config, such as <c>/url</c>; empty for the config itself.</param>
/// <param name="Code">A stable code, such as <c>invalid_url</c>.</param>
/// <param name="Message">A sentence that says what is wrong and what to do.</param>
public sealed record ConfigProblem(string Pointer, string Code, string Message);
