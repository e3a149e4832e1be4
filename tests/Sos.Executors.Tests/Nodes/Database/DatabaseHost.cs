using System.Net;
using System.Text.Json;
using Npgsql;
using Sos.Executors.Credentials;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Database;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Outbound;
using Sos.Executors.Secrets;
using Sos.Executors.Tests.Credentials;
using Sos.Testing.Postgres;
using Sos.Workflows.Expressions;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Nodes.Database;

/// <summary>Runs <c>database</c> nodes with a stored credential for a database of their own.</summary>
internal sealed class DatabaseHost : IAsyncDisposable
{
    public const string Credential = "db";

    private readonly CredentialEngine engine;
    private readonly DatabaseExecutor executor;
    private readonly CredentialAccess credentials;
    private readonly OutboundHttp http;
    private Guid credentialId;

    private DatabaseHost(CredentialEngine engine, OutboundGuard guard, TimeProvider time)
    {
        this.engine = engine;
        Pools = new DatabasePools(time);
        http = new OutboundHttp(guard);
        executor = new DatabaseExecutor(guard, Pools);
        credentials = new CredentialAccess(new CredentialVault(Server.DataSource, engine.Keys, TimeProvider.System), new OAuthTokens(http, TimeProvider.System), TimeProvider.System);
    }

    public TestDatabase Server => engine.Engine.Database;

    public DatabasePools Pools { get; }

    public NodeContext LastContext { get; private set; } = null!;

    public NpgsqlConnectionStringBuilder Login => new(Server.ConnectionString);

    public static async Task<DatabaseHost> StartAsync(string[]? allow = null, Func<string, IPAddress[]>? resolve = null, TimeProvider? time = null)
    {
        var guard = new OutboundGuard(
            new OutboundOptions { Allow = allow ?? ["127.0.0.0/8"] },
            (host, token) => resolve is null ? Dns.GetHostAddressesAsync(host, token) : Task.FromResult(resolve(host)));
        var host = new DatabaseHost(await CredentialEngine.StartAsync(0), guard, time ?? TimeProvider.System);
        host.credentialId = await host.SaveAsync(Credential);
        return host;
    }

    /// <summary>Saves a login to the database, or to another one.</summary>
    /// <returns>The credential's id.</returns>
    public Task<Guid> SaveAsync(string name, string? host = null, int? port = null, string? database = null, string? user = null, string? password = null, string sslMode = "disable")
    {
        var (settings, secrets) = Texts(host, port, database, user, password, sslMode);
        return engine.SaveAsync(name, "postgres", settings, secrets);
    }

    /// <summary>Gives the credential another user.</summary>
    public Task ChangeAsync(string user, string password)
    {
        var (settings, secrets) = Texts(null, null, null, user, password, "disable");
        return engine.ChangeAsync(credentialId, Credential, "postgres", settings, secrets);
    }

    private (string Settings, string Secrets) Texts(string? host, int? port, string? database, string? user, string? password, string sslMode)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = host ?? "127.0.0.1",
            ["port"] = (port ?? Login.Port).ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["database"] = database ?? Login.Database!,
            ["username"] = user ?? Login.Username!,
            ["sslMode"] = sslMode,
        };
        var secrets = new Dictionary<string, string> { ["password"] = password ?? Login.Password! };
        return (JsonSerializer.Serialize(settings), JsonSerializer.Serialize(secrets));
    }

    /// <summary>Runs a node whose config goes on after the credential.</summary>
    public async Task<NodeOutcome> RunAsync(string config, string credential = Credential, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        LastContext = new NodeContext
        {
            Execution = new ExecutionInfo
            {
                Id = Guid.CreateVersion7(),
                WorkspaceId = engine.Engine.Workspace,
                OrganizationId = engine.Engine.Organization,
                WorkflowId = Guid.NewGuid(),
                WorkflowName = "test",
                Version = 1,
                Attempt = 1,
                StartedAt = DateTimeOffset.UnixEpoch,
            },
            NodeId = "n",
            Iteration = "",
            Attempt = 1,
            Config = JsonElement.Parse($$"""{ "credential": {{JsonSerializer.Serialize(credential)}}, {{config}} }"""),
            Variables = CelVariables.Empty,
            Time = time ?? TimeProvider.System,
            Credentials = credentials,
        };
        return LastContext.Secrets.Apply(await executor.ExecuteAsync(LastContext, cancellationToken))!;
    }

    public async Task<JsonElement> OutputAsync(string config) => NodeRun.Completed(await RunAsync(config)).Output;

    public async Task<NodeError> FailAsync(string config, string credential = Credential) => NodeRun.Failed(await RunAsync(config, credential));

    /// <summary>The rows of a query.</summary>
    public async Task<JsonElement> RowsAsync(string sql, string parameters = "[]") =>
        (await OutputAsync($$"""
            "sql": {{JsonSerializer.Serialize(sql)}}, "parameters": {{parameters}}
            """)).GetProperty("rows");

    /// <summary>The only value of a query.</summary>
    public async Task<JsonElement> ValueAsync(string sql, string parameters = "[]") =>
        Assert.Single(Assert.Single((await RowsAsync(sql, parameters)).EnumerateArray()).EnumerateObject()).Value;

    public async ValueTask DisposeAsync()
    {
        await Pools.DisposeAsync();
        http.Dispose();
        await engine.DisposeAsync();
    }
}
