using System.Text.Json;
using Sos.Executors.Connectors.Health;
using Sos.Executors.Connectors.Http;
using Sos.Executors.Credentials;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Connectors;

/// <summary>Calls connectors' actions: the one place where a call is checked, routed, and put on record.</summary>
internal sealed class ConnectorCalls(ConnectorCatalog catalog, HttpProvider http, McpProvider mcp, ProviderHealths healths)
{
    // A provider may be another connector, whose provider may be one, and no further.
    private const int MaxDepth = 3;

    /// <summary>Makes a call.</summary>
    /// <exception cref="ConnectorException">It failed; holds the node's error.</exception>
    /// <exception cref="CredentialException">The credential can't be used.</exception>
    public async Task<ConnectorReply> CallAsync(ConnectorCall call, NodeContext context, CancellationToken cancellationToken)
    {
        using var telemetry = new ConnectorTelemetry(call, context);
        try
        {
            var connector = await catalog.FindAsync(context.Execution.WorkspaceId, call.Connector, cancellationToken);
            var reply = await RouteAsync(connector, call, context.Time.GetUtcNow() + call.Timeout, telemetry, context, depth: 0, cancellationToken);
            telemetry.Completed(reply);
            return reply;
        }
        catch (ConnectorException e)
        {
            telemetry.Failed(e.Error);
            throw;
        }
        catch (CredentialException e)
        {
            telemetry.Failed(e.Error);
            throw;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            telemetry.Failed(new NodeError("node_error", e.Message));
            throw;
        }
    }

    private async Task<ConnectorReply> RouteAsync(
        FoundConnector connector, ConnectorCall call, DateTimeOffset until, ConnectorTelemetry telemetry, NodeContext context, int depth, CancellationToken cancellationToken)
    {
        var manifest = connector.Manifest;
        var plan = await catalog.PlanAsync(connector, call.Action, cancellationToken);
        var arguments = ConnectorArguments.Of(plan, call);
        var settings = ConnectorArguments.Settings(manifest, call.Settings);
        ConnectorProvider?[] providers = manifest.Providers.Count == 0 ? [null] : [.. manifest.Providers];
        for (var i = 0; ; i++)
        {
            var left = until - context.Time.GetUtcNow();
            var provider = new ProviderCall
            {
                Manifest = manifest,
                Provider = providers[i],
                Action = call.Action,
                Plan = plan,
                Arguments = arguments,
                Settings = settings,
                Credential = providers[i] is { } named ? call.Credentials.GetValueOrDefault(named.Id, call.Credential!) : call.Credential,
                Limits = call,
                // One that never answers leaves some of the time to the next.
                Until = context.Time.GetUtcNow() + (left / (providers.Length - i)),
            };
            try
            {
                return left > TimeSpan.Zero ? await AskAsync(provider, telemetry, context, depth, cancellationToken) : throw provider.TimedOut();
            }
            catch (ConnectorException e) when (i + 1 < providers.Length && e.Reason is { } reason && manifest.FallThrough.Contains(reason))
            {
                telemetry.FellThrough(provider.ProviderId, reason, e.Error);
            }
        }
    }

    private async Task<ConnectorReply> AskAsync(ProviderCall call, ConnectorTelemetry telemetry, NodeContext context, int depth, CancellationToken cancellationToken)
    {
        if (call.Provider?.Connector is null)
            telemetry.Asks(call.Type, call.ProviderId);
        var left = call.Until - context.Time.GetUtcNow();
        using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var timed = call with { Deadline = deadline.Token };
            var reply = await ServeAsync(timed, healths.Of(context.Execution.WorkspaceId, timed), telemetry, context, depth, either.Token);
            return reply.Provider.Length > 0 ? reply : reply with { Provider = call.ProviderId };
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw call.TimedOut();
        }
    }

    private async Task<ConnectorReply> ServeAsync(ProviderCall call, ProviderHealth health, ConnectorTelemetry telemetry, NodeContext context, int depth, CancellationToken cancellationToken)
    {
        if (call.Provider is { Connector: { } other } delegated)
            return await DelegateAsync(call, delegated, other, telemetry, context, depth, cancellationToken);
        if (call.Type != ProviderType.Mcp)
            return await http.CallAsync(call, await CredentialAsync(call, context, cancellationToken), health, context, cancellationToken);
        var known = call.Provider!.Actions.GetValueOrDefault(call.Action);
        return await mcp.CallAsync(call, known?.Action ?? call.Action, ArgumentsThere(call, known, context), await CredentialAsync(call, context, cancellationToken), health, context, cancellationToken);
    }

    private async Task<ConnectorReply> DelegateAsync(
        ProviderCall call, ConnectorProvider provider, string other, ConnectorTelemetry telemetry, NodeContext context, int depth, CancellationToken cancellationToken)
    {
        if (depth + 1 >= MaxDepth)
            throw new ConnectorException("invalid_connector", $"The connector '{call.Manifest.Id}' is served by connectors that are served by connectors in turn; at most {MaxDepth} may be asked one for the other.");
        var known = provider.Actions.GetValueOrDefault(call.Action);
        var found = await catalog.FindAsync(context.Execution.WorkspaceId, other, cancellationToken);
        var there = call.Limits with
        {
            Connector = other,
            Action = known?.Action ?? call.Action,
            With = ArgumentsThere(call, known, context),
            Credential = call.Credential,
            Settings = call.Settings.Where(s => found.Manifest.Settings.ContainsKey(s.Key)).ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal),
        };
        var reply = await RouteAsync(found, there, call.Until, telemetry, context, depth + 1, cancellationToken);
        telemetry.Asks(found.Manifest.Providers.FirstOrDefault(p => p.Id == reply.Provider)?.Type ?? ProviderType.Manifest, call.ProviderId);
        return reply with { Provider = call.ProviderId };
    }

    private static JsonElement ArgumentsThere(ProviderCall call, ProviderAction? known, NodeContext context)
    {
        if (known is not { With.ValueKind: not JsonValueKind.Undefined })
            return call.Arguments;
        try
        {
            var variables = new CelVariables().Add(ActionPlan.Arguments, ConnectorArguments.WithAbsentAsNull(call.Plan, call.Arguments));
            return Template.Compile(known.With).Render(variables, new CelContext { TimeProvider = context.Time });
        }
        catch (TemplateException e)
        {
            throw new ConnectorException("expression_failed", $"The arguments of '{call.Action}' for the provider '{call.ProviderId}' can't be made: {e.Message}");
        }
    }

    private static async Task<Credential?> CredentialAsync(ProviderCall call, NodeContext context, CancellationToken cancellationToken)
    {
        if (call.Credential is not { } name)
            return null;
        var target = call.Type == ProviderType.Mcp
            ? call.Provider!.Url is { } url ? new Uri(url) : throw new ConnectorException("credential_wrong_type", $"The MCP server of '{call.ProviderId}' is configured by the operator and gets no credential.")
            : call.Origin;
        return await context.UseCredentialAsync(name, target, cancellationToken);
    }
}
