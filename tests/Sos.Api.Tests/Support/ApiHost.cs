using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sos.Api.Hosting;
using Sos.Api.Samples;
using Sos.Executors.Hosting;
using Sos.Testing.Postgres;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Support;

/// <summary>The real API on a port of its own and a database of its own, with or without an executor beside it.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private static readonly Lazy<Task<ApiHost>> SharedExecuting = new(() => StartAsync(executes: true));
    private static readonly Lazy<Task<ApiHost>> SharedIdle = new(() => StartAsync(executes: false));

    private readonly WebApplication app;
    private readonly bool ownsDatabase;

    private ApiHost(WebApplication app, TestDatabase database, bool ownsDatabase, Uri address) =>
        (this.app, Database, this.ownsDatabase, Address) = (app, database, ownsDatabase, address);

    public TestDatabase Database { get; }

    public Uri Address { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>The process's host with an executor; tests keep apart by their workspaces.</summary>
    public static Task<ApiHost> ExecutingAsync() => SharedExecuting.Value;

    /// <summary>The process's host without an executor, whose executions stay as they are.</summary>
    public static Task<ApiHost> IdleAsync() => SharedIdle.Value;

    public static async Task<ApiHost> StartAsync(bool executes, Action<WebApplicationBuilder>? configure = null, TestDatabase? database = null)
    {
        var ownsDatabase = database is null;
        database ??= await TestDatabase.CreateAsync();
        var address = ListenAddress.Find("http://127.0.0.1:0");
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:sos"] = database.ConnectionString,
            ["Sos:Outbound:Allow:0"] = address.Base.Authority,
            ["Sos:Executor:Slots"] = "64",
            ["OTEL_ENABLED"] = "false",
            // Hosts of one process hear each other's spans: none may be lost because other tests are busy.
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000",
            ["Sos:Secrets:Keys:0"] = KeyRing.Generate("tests"),
        });
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseUrls(address.Listen);
        configure?.Invoke(builder);
        if (executes)
            builder.AddExecutor();
        var app = ServiceMode.Build(builder);
        app.MapSampleTargets();
        await app.StartAsync();
        var host = new ApiHost(app, database, ownsDatabase, address.Base);
        await host.ReadyAsync();
        return host;
    }

    /// <summary>A client of a new workspace with an admin key.</summary>
    public async Task<ApiClient> NewWorkspaceAsync()
    {
        Guid organization = Guid.CreateVersion7(), workspace = Guid.CreateVersion7();
        await Database.ExecuteAsync($"insert into organizations (id, name) values ('{organization}', 'o'); insert into workspaces (id, organization_id, name) values ('{workspace}', '{organization}', 'w')");
        return await NewKeyAsync(workspace, "admin");
    }

    /// <summary>A client with a new user and key of a workspace.</summary>
    public async Task<ApiClient> NewKeyAsync(Guid workspace, string role, string? email = null)
    {
        var user = Guid.CreateVersion7();
        await Database.ExecuteAsync($"insert into users (id, display_name, email) values ('{user}', 'u', {(email is null ? "null" : $"'{email}'")}); insert into memberships (workspace_id, user_id, role) values ('{workspace}', '{user}', '{role}')");
        var (_, key) = await Services.GetRequiredService<ApiKeyStore>().CreateAsync(workspace, user, role, role, null, CancellationToken.None);
        return new ApiClient(this, workspace, user, key);
    }

    /// <summary>A client that sends no key.</summary>
    public HttpClient Anonymous() => new() { BaseAddress = Address };

    public HttpClient WithKey(string key) => new() { BaseAddress = Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        if (ownsDatabase)
            await Database.DisposeAsync();
    }

    private async Task ReadyAsync()
    {
        var schema = Services.GetRequiredService<SchemaState>();
        await Eventually.TrueAsync(() => Task.FromResult(schema.Missing is null), "the schema gate to open");
    }
}
