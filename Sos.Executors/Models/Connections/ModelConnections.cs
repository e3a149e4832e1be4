using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Sos.Executors.Models.Providers;
using Sos.Executors.Nodes;
using Sos.Workflows.Models;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;
using ModelProvider = Sos.Executors.Models.Providers.ModelProvider;

namespace Sos.Executors.Models.Connections;

/// <summary>A connection, its kind, and the model that is called through it.</summary>
internal sealed record ModelTarget(ModelConnection Connection, ModelProvider Provider, string Model)
{
    /// <summary>The provider, by OpenTelemetry's name where it has one.</summary>
    public string ProviderName { get; } = Provider.TelemetryName(Connection);
}

/// <summary>
/// Finds connections by name: a workspace's own first, then the configuration's, then those that the conventional
/// environment variables make, then what is built in.
/// </summary>
internal sealed class ModelConnections
{
    private readonly ProviderConnections own;
    private readonly FrozenDictionary<string, ModelProvider> kinds;
    private readonly FrozenDictionary<string, (ModelConnection Connection, IList<Guid> Workspaces)> installed;

    public ModelConnections(IEnumerable<ModelProvider> providers, IOptions<ModelOptions> options, IConfiguration configuration, ProviderConnections own)
    {
        this.own = own;
        kinds = providers.ToFrozenDictionary(p => p.Kind, StringComparer.Ordinal);
        var connections = new Dictionary<string, (ModelConnection, IList<Guid>)>(StringComparer.Ordinal);
        foreach (var builtIn in kinds.Values.Where(p => p.IsBuiltIn))
            connections[builtIn.Kind] = (new ModelConnection { Name = builtIn.Kind, Kind = builtIn.Kind, IsTrusted = true }, []);
        AddFromEnvironment(ProviderKind.OpenAI, "OPENAI");
        AddFromEnvironment(ProviderKind.Anthropic, "ANTHROPIC");
        foreach (var (name, configured) in options.Value.Providers)
            connections[name.ToLowerInvariant()] = (ModelConnection.From(name.ToLowerInvariant(), configured), configured.Workspaces);
        installed = connections.ToFrozenDictionary(StringComparer.Ordinal);

        void AddFromEnvironment(string kind, string prefix)
        {
            if (configuration[$"{prefix}_API_KEY"] is not { Length: > 0 } key)
                return;
            var baseUrl = configuration[$"{prefix}_BASE_URL"] is { Length: > 0 } url ? new Uri(url, UriKind.RelativeOrAbsolute) : null;
            connections[kind] = (new ModelConnection { Name = kind, Kind = kind, BaseUrl = baseUrl, ApiKey = key.Trim(), IsTrusted = true }, []);
        }
    }

    /// <summary>Finds the connection for a model.</summary>
    /// <exception cref="ModelCallException">There is none, or it can't be used.</exception>
    public async Task<ModelTarget> FindAsync(Guid workspaceId, string? provider, string model, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(model))
            throw Failure("invalid_config", "No model is named.");
        var name = ModelName.Parse(provider?.Trim(), model.Trim());
        if (name.Connection is null)
            throw Failure("provider_not_found", $"It can't be told from the model's name '{model}' which connection it is called through. Name one as provider, or write 'connection/{model}'. {await ListAsync(workspaceId, cancellationToken)}");
        var connection = await FindAsync(workspaceId, name.Connection.ToLowerInvariant(), cancellationToken)
            ?? throw Failure("provider_not_found", $"There is no connection '{name.Connection}' to call the model '{name.Model}' through. {await ListAsync(workspaceId, cancellationToken)} {HowToAdd(name.Connection)}");
        if (!kinds.TryGetValue(connection.Kind, out var kind))
            throw Failure("provider_not_found", $"The connection '{connection.Name}' is of the kind '{connection.Kind}', which there is not. The kinds are: {string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal))}.");
        var isUrl = connection.BaseUrl is null or { IsAbsoluteUri: true, Scheme: "http" or "https" };
        if ((isUrl ? kind.Check(connection) : $"its base URL '{connection.BaseUrl}' is no http or https URL") is { } problem)
            throw Failure("provider_not_found", $"The connection '{connection.Name}' can't be used: {problem}.");
        return new ModelTarget(connection, kind, name.Model);
    }

    private async Task<ModelConnection?> FindAsync(Guid workspaceId, string name, CancellationToken cancellationToken)
    {
        try
        {
            if (await own.FindAsync(workspaceId, name, cancellationToken) is { } found)
                return ModelConnection.From(found);
        }
        catch (SecretException e)
        {
            throw Failure("provider_auth_failed", $"The API key of the connection '{name}' can't be read. {e.Message}");
        }
        return installed.TryGetValue(name, out var there) && MayUse(there.Workspaces, workspaceId) ? there.Connection : null;
    }

    private async Task<string> ListAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var names = (await own.NamesAsync(workspaceId, cancellationToken))
            .Concat(installed.Where(c => MayUse(c.Value.Workspaces, workspaceId)).Select(c => c.Key))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return $"The connections are: {string.Join(", ", names)}.";
    }

    private static bool MayUse(IList<Guid> workspaces, Guid workspaceId) => workspaces.Count == 0 || workspaces.Contains(workspaceId);

    private static string HowToAdd(string name) => name switch
    {
        ProviderKind.OpenAI => "Add one to the workspace, or set OPENAI_API_KEY for the executors.",
        ProviderKind.Anthropic => "Add one to the workspace, or set ANTHROPIC_API_KEY for the executors.",
        _ => $"Add one to the workspace, or configure {ModelOptions.Section}:Providers:{name} for the executors.",
    };

    private static ModelCallException Failure(string code, string message) => new(new NodeError(code, message));
}
