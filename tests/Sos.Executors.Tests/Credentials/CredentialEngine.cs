using System.Text.Json;
using Npgsql;
using Sos.Executors.Nodes;
using Sos.Executors.Tests.Engine;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Credentials;

/// <summary>Executors, and credentials in their workspace.</summary>
internal sealed class CredentialEngine : IAsyncDisposable
{
    private readonly NpgsqlDataSource api;
    private readonly CredentialStore store;
    private bool isGuest;

    private CredentialEngine(EngineHost engine, KeyRing keys)
    {
        Engine = engine;
        Keys = keys;
        var builder = new NpgsqlDataSourceBuilder(engine.Database.ConnectionString);
        DatabaseRole.ActAs(builder, DatabaseRole.Api);
        api = builder.Build();
        store = new CredentialStore(new WorkspaceDatabase(api), keys);
    }

    public EngineHost Engine { get; }

    public KeyRing Keys { get; }

    public static async Task<CredentialEngine> StartAsync(int executors = 1, params NodeExecutor[] nodes)
    {
        var key = KeyRing.Generate("test");
        var engine = await EngineHost.CreateAsync(nodes);
        engine.Settings["Sos:Secrets:Keys:0"] = key;
        for (var i = 0; i < executors; i++)
            await engine.StartExecutorAsync();
        return new CredentialEngine(engine, KeyRing.Parse([key]));
    }

    /// <summary>Credentials for executors that another host starts; it disposes of them.</summary>
    public static CredentialEngine Beside(EngineHost engine)
    {
        var key = KeyRing.Generate("test");
        engine.Settings["Sos:Secrets:Keys:0"] = key;
        return new CredentialEngine(engine, KeyRing.Parse([key])) { isGuest = true };
    }

    /// <summary>Saves a credential as the API does.</summary>
    public async Task<Guid> SaveAsync(string name, string type, string settings, string secrets, DateTimeOffset? expiresAt = null, params string[] hosts)
    {
        var draft = Draft(name, type, settings, secrets, expiresAt, hosts);
        return Assert.IsType<SaveCredentialResult.Saved>(await store.CreateAsync(Admin, draft, CancellationToken.None)).Credential.Id;
    }

    /// <summary>Saves another state of a credential.</summary>
    public async Task ChangeAsync(Guid id, string name, string type, string settings, string secrets, params string[] hosts) =>
        Assert.IsType<SaveCredentialResult.Saved>(await store.UpdateAsync(Admin, id, Draft(name, type, settings, secrets, null, hosts), CancellationToken.None));

    /// <summary>A credential as people see it; null where there is none.</summary>
    public Task<StoredCredential?> FindAsync(string name) => store.FindAsync(Engine.Workspace, name, CancellationToken.None);

    private KeyHolder Admin => new(Guid.CreateVersion7(), Engine.Workspace, Engine.Organization, null, "admin", "k");

    private static CredentialDraft Draft(string name, string type, string settings, string secrets, DateTimeOffset? expiresAt, string[] hosts)
    {
        var input = new CredentialInput
        {
            Name = name,
            Type = type,
            Settings = JsonSerializer.Deserialize<Dictionary<string, string>>(settings)!,
            Secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(secrets),
            AllowedHosts = hosts.Length == 0 ? null : hosts,
            ExpiresAt = expiresAt,
        };
        return input.Check(out var problems) ?? throw new ArgumentException(string.Join(' ', problems.Select(p => $"{p.Pointer}: {p.Message}")));
    }

    /// <summary>Runs an <c>http</c> node alone.</summary>
    public async Task<(ExecutionRow Row, Guid Id)> CallAsync(string config, string more = "")
    {
        var id = await Engine.StartAsync($$"""{ "name": "w{{Guid.NewGuid()}}", "nodes": [ { "id": "call", "type": "http", "config": {{config}}{{more}} } ] }""");
        return (await Engine.EndAsync(id), id);
    }

    /// <summary>What the log says of an execution's credentials.</summary>
    public Task<string?> UsesAsync(Guid execution) => Engine.Database.QueryAsync<string>(
        $"select string_agg(concat_ws(' ', event_type, status, node_id, context ->> 'name', context ->> 'type', context ->> 'host'), '; ' order by id) from event_logs where execution_id = '{execution}' and event_type like 'credential%'");

    public async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        if (!isGuest)
            await Engine.DisposeAsync();
    }
}
