using Npgsql;
using Sos.Api.Hosting;
using Sos.Migrations.Schema;
using Sos.Testing.Postgres;
using Sos.Testing.Processes;

namespace Sos.Api.Tests.Support;

/// <summary>
/// The API and an executor as processes of their own, as they are deployed, the executor with the login of executors. What
/// they record is theirs alone, where the hosts of one process all hear the spans of each other and of every test beside them.
/// </summary>
public sealed class ServiceProcesses : IAsyncDisposable
{
    private const string Key = "a-key-of-two-processes";

    private readonly TestDatabase database;
    private readonly ServiceProcess api;
    private readonly ServiceProcess executor;

    private ServiceProcesses(TestDatabase database, ServiceProcess api, ServiceProcess executor, HttpClient http) =>
        (this.database, this.api, this.executor, Client) = (database, api, executor, new ApiCaller(http));

    /// <summary>Somebody with the installation's first key.</summary>
    public ApiCaller Client { get; }

    /// <summary>Starts both and waits until the API serves.</summary>
    /// <param name="settings">Environment variables of both.</param>
    public static async Task<ServiceProcesses> StartAsync(Dictionary<string, string?> settings)
    {
        var database = await TestDatabase.CreateAsync();
        await new ServiceLogins(database.DataSource, new LoginOptions { ExecutorsPassword = Key }).ApplyAsync();
        var executors = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = "sos_executors_login", Password = Key };
        var address = ListenAddress.Find("http://127.0.0.1:0");
        var environment = new Dictionary<string, string?>(settings)
        {
            ["ConnectionStrings__sos"] = database.ConnectionString,
            ["SOS_API_KEY"] = Key,
        };
        var processes = new ServiceProcesses(
            database,
            ServiceProcess.Start("Sos.Api.dll", environment, "--urls", address.Listen),
            ServiceProcess.Start("Sos.Executors.dll", new Dictionary<string, string?>(environment) { ["ConnectionStrings__sos"] = executors.ConnectionString }, "--urls", "http://127.0.0.1:0"),
            new HttpClient { BaseAddress = address.Base, DefaultRequestHeaders = { Authorization = new("Bearer", Key) } });
        await Eventually.TrueAsync(processes.IsReadyAsync, "the API to serve");
        return processes;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Http.Dispose();
        await executor.DisposeAsync();
        await api.DisposeAsync();
        await database.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (api.HasExited || executor.HasExited)
            throw new InvalidOperationException($"A process has ended:\n{api.Output}\n{executor.Output}");
        try
        {
            using var answer = await Client.Http.GetAsync("/api/v1/api-keys");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
