using System.Diagnostics;
using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Secrets;
using Sos.Workflows.Credentials;
using Sos.Workflows.Expressions;
using Sos.Workflows.Store;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes;

/// <summary>What a node sees of the execution it runs in.</summary>
public sealed class NodeContext
{
    /// <summary>The execution.</summary>
    public required ExecutionInfo Execution { get; init; }

    /// <summary>The node's id in the definition.</summary>
    public required string NodeId { get; init; }

    /// <summary>Which item of a <c>foreach</c> this runs for: empty at the top, <c>3</c>, or <c>3.0</c> when nested.</summary>
    public required string Iteration { get; init; }

    /// <summary>The attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The config with every expression evaluated; a nested body and tools are left out.</summary>
    public required JsonElement Config { get; init; }

    /// <summary>The tools that the node offers to a model, as they are written in the definition; null for most types.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>What the node saved when it last began to wait; null when it starts.</summary>
    public JsonElement? State { get; init; }

    /// <summary>What woke the node; null when it starts, or when its time came.</summary>
    public NodeSignal? Signal { get; init; }

    /// <summary>Only for nodes that compute or have tools, since the run goes on while others work: where its expressions find <c>input</c>, <c>steps</c>, <c>execution</c> and, in a body, <c>item</c> and <c>index</c>.</summary>
    public required ICelVariables Variables { get; init; }

    /// <summary>The node's span, current while it runs; null when nobody listens.</summary>
    public Activity? Span { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Which part of the node's work this is, for a tool that a model called; null for the node as a whole.</summary>
    internal string? Part { get; init; }

    /// <summary>The same for every attempt at this step of this execution, also after a crash; sent on to services that can use it.</summary>
    public string IdempotencyKey =>
        (Iteration.Length == 0 ? $"{Execution.Id}/{NodeId}" : $"{Execution.Id}/{NodeId}/{Iteration}") + (Part is null ? "" : "/" + Part);

    /// <summary>What commits with the step.</summary>
    internal NodeRecords Records { get; init; } = new(new SecretScrubber());

    /// <summary>
    /// The secrets of this attempt. What a node adds here (whatever secret did not come from <see cref="UseCredentialAsync"/>)
    /// is blotted out of everything that leaves the attempt: output, error, state, rows, spans and logs.
    /// </summary>
    public SecretScrubber Secrets => Records.Secrets;

    /// <summary>What finds credentials; null where a node runs without an engine.</summary>
    internal CredentialAccess? Credentials { get; init; }

    /// <summary>Writes the step's state in the middle of an attempt; see <see cref="SaveProgressAsync"/>.</summary>
    internal Func<JsonElement, CancellationToken, Task>? Progress { get; init; }

    /// <summary>What a node sees that runs as a tool of this one, under a key of its own. Its rows are for this one to add to its own.</summary>
    /// <param name="call">The tool call's id.</param>
    /// <param name="config">The tool's config with every expression evaluated.</param>
    /// <param name="save">Commits the rows that the tool has added so far; a tool keeps no state of its own.</param>
    internal NodeContext ForTool(string call, JsonElement config, Func<CancellationToken, Task> save) => new()
    {
        Execution = Execution,
        NodeId = NodeId,
        Iteration = Iteration,
        Attempt = Attempt,
        Config = config,
        Variables = Variables,
        Span = Activity.Current,
        Time = Time,
        Part = call,
        Progress = (_, token) => save(token),
        Records = new(Secrets),
        Credentials = Credentials,
    };

    /// <summary>Adds a row to <c>event_logs</c> that commits with this step's next checkpoint.</summary>
    /// <param name="eventType">A snake_case name such as <c>tool_executed</c>.</param>
    /// <param name="status">The outcome in one word; null where there is none.</param>
    /// <param name="context">Details; never a secret.</param>
    /// <param name="latency">How long it took.</param>
    public void AddEvent(string eventType, string? status = null, JsonElement? context = null, TimeSpan? latency = null) =>
        Records.Add(new NodeEvent(eventType, status, context, latency, Time.GetUtcNow()));

    /// <summary>
    /// Adds a row to <c>model_cost_logs</c> that commits with this step's next checkpoint. The engine stops the span
    /// when it has: so what spans and rows say a trace has cost is the same, whatever dies when. Its end time must be set.
    /// </summary>
    public void AddModelCall(ModelCallRow row, Activity? span) => Records.Add(row, span);

    /// <inheritdoc cref="AddModelCall(ModelCallRow, Activity?)"/>
    /// <param name="row">The row.</param>
    /// <param name="span">Its span.</param>
    /// <param name="reservation">Holds the cost against budgets; disposed when the row has committed.</param>
    internal void AddModelCall(ModelCallRow row, Activity? span, IDisposable? reservation) => Records.Add(row, span, reservation);

    /// <summary>Adds a row to <c>agent_trace_history</c> that commits with this step's next checkpoint.</summary>
    public void AddAgentTrace(AgentTraceRow row) => Records.Add(row);

    /// <summary>Adds a message that an agent will remember, which commits with this step's next checkpoint.</summary>
    public void AddConversation(ConversationRow row) => Records.Add(row);

    /// <summary>
    /// Commits how far a long node has come, with the rows it has added so far; returns after the commit. After a crash,
    /// and in the next attempt, the node finds it as <see cref="State"/>.
    /// </summary>
    /// <exception cref="OperationCanceledException">The node is told to stop, or the execution is another executor's now.</exception>
    public Task SaveProgressAsync(JsonElement state, CancellationToken cancellationToken) =>
        Progress?.Invoke(state, cancellationToken) ?? Task.CompletedTask;

    /// <summary>
    /// Opens a credential of the workspace to send it somewhere. Its secrets become secrets of this attempt, its use is
    /// logged as <c>credential_used</c>, and a token that is about to expire is renewed first.
    /// </summary>
    /// <param name="name">The credential's name.</param>
    /// <param name="target">Where it will be sent: an address that it allows; it must not be sent anywhere else, redirects included.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CredentialException">There is none of that name, it can't be used, or not for that address; holds the node's error.</exception>
    public Task<Credential> UseCredentialAsync(string name, Uri target, CancellationToken cancellationToken) =>
        Credentials is { } credentials
            ? credentials.UseAsync(this, name, target, cancellationToken)
            : throw CredentialException.NotFound(name);

    /// <summary>Tells that a service refused a credential's access token (401), though it should hold: the next use fetches another one.</summary>
    /// <returns>Whether the credential has a token that can be fetched anew, so that another attempt may go better.</returns>
    public async Task<bool> TokenRefusedAsync(Credential credential, CancellationToken cancellationToken)
    {
        if (Credentials is null || !credential.CanRenew)
            return false;
        await Credentials.RefusedAsync(credential, cancellationToken);
        return true;
    }

    /// <summary>Opens a login of type <c>postgres</c>, to send it to the server that it names; otherwise as <see cref="UseCredentialAsync"/>.</summary>
    /// <param name="name">The credential's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CredentialException">There is none of that name and type, or it can't be used.</exception>
    public Task<Credential> UseLoginAsync(string name, CancellationToken cancellationToken) =>
        Credentials is { } credentials
            ? credentials.UseAsync(this, name, target: null, cancellationToken)
            : throw CredentialException.NotFound(name);

    /// <summary>Starts a span under the current one, with the attributes that every span of an execution carries.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="tags">Attributes that a sampler should see.</param>
    /// <returns>Null when nobody listens.</returns>
    public Activity? StartSpan(string name, ActivityKind kind, IEnumerable<KeyValuePair<string, object?>>? tags = null)
    {
        var span = SosTelemetry.Source.StartActivity(kind, tags: tags, name: name);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(Attributes.WorkflowId, Execution.WorkflowId.ToString());
            span.SetTag(Attributes.WorkflowExecutionId, Execution.Id.ToString());
            span.SetTag(Attributes.NodeId, NodeId);
            if (Execution.UserId is { } user)
                span.SetTag(Attributes.UserId, user.ToString());
            span.SetTag(Attributes.OrganizationId, Execution.OrganizationId.ToString());
            span.SetTag(Attributes.WorkspaceId, Execution.WorkspaceId.ToString());
        }
        return span;
    }
}

/// <summary>The execution that a node belongs to.</summary>
public sealed record ExecutionInfo
{
    /// <summary>The execution's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workspace it belongs to.</summary>
    public required Guid WorkspaceId { get; init; }

    /// <summary>The organization that owns the workspace.</summary>
    public required Guid OrganizationId { get; init; }

    /// <summary>Who started it; null for a key without a user.</summary>
    public Guid? UserId { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The workflow's name when the execution was submitted.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The workflow's version.</summary>
    public required int Version { get; init; }

    /// <summary>Which claim of the execution this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it was first started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How many <c>workflow</c> nodes are above it.</summary>
    public int Depth { get; init; }
}

/// <summary>What came for a waiting node.</summary>
/// <param name="Kind"><c>approval</c> or <c>child</c>.</param>
/// <param name="Payload">For an approval <c>{decision, comment?, userId?, decidedAt}</c>; for a child <c>{executionId, status, output?, error?}</c>.</param>
public sealed record NodeSignal(string Kind, JsonElement Payload);
