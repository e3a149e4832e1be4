using Microsoft.AspNetCore.Connections;
using Npgsql;
using Sos.Api.Pages.SignIn;
using Sos.Api.Samples;
using Sos.Executors.Hosting;
using Sos.Migrations.Embedded;
using Sos.Migrations.Partitions;
using Sos.Migrations.Schema;
using Sos.Workflows.Store;

namespace Sos.Api.Hosting;

/// <summary>
/// Everything in one process: a private PostgreSQL, its migrations, an executor, the API and the samples. PostgreSQL
/// starts first and stops last.
/// </summary>
internal sealed partial class SingleProcess : IAsyncDisposable
{
    private readonly EmbeddedPostgres postgres;

    private SingleProcess(EmbeddedPostgres postgres, WebApplication app, ListenAddress address, string key, bool keyIsGiven)
    {
        (this.postgres, App, Address, Key, KeyIsGiven) = (postgres, app, address, key, keyIsGiven);
    }

    /// <summary>The host; it has started.</summary>
    public WebApplication App { get; }

    /// <summary>Where it listens.</summary>
    public ListenAddress Address { get; }

    /// <summary>An admin key.</summary>
    public string Key { get; }

    /// <summary>Whether the key came from <c>SOS_API_KEY</c>, whose value is not shown again.</summary>
    public bool KeyIsGiven { get; }

    /// <summary>The path of a link that signs a browser in with the key, once.</summary>
    public string SignInPath => App.Services.GetRequiredService<SignInLink>().Create(ApiKeyStore.Hash(Key));

    /// <summary>The folder of PostgreSQL's data, its log and the keys.</summary>
    public string DataFolder => postgres.DataFolder;

    /// <summary>Starts everything; what was started is stopped again when something fails.</summary>
    /// <param name="builder">The host under construction, with its configuration.</param>
    /// <param name="options">Where the database keeps its data.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartException">It can't start; the message says why.</exception>
    public static async Task<SingleProcess> StartAsync(WebApplicationBuilder builder, EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        var address = ListenAddress.Find(builder.Configuration["urls"]);
        var givenKey = FirstKey.FromEnvironment(builder.Configuration);
        EmbeddedPostgres postgres;
        using (var logs = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddSimpleConsole(c => c.SingleLine = true)
            .AddFilter("Sos.Migrations", LogLevel.Warning)))
        {
            try
            {
                postgres = await EmbeddedPostgres.StartAsync(options, logs.CreateLogger<EmbeddedPostgres>(), cancellationToken);
            }
            catch (EmbeddedPostgresException e)
            {
                throw new StartException(e.Message);
            }
        }
        WebApplication? app = null;
        try
        {
            var key = await PrepareAsync(postgres, givenKey, cancellationToken);
            app = Build(builder, postgres, address);
            await RunAsync(app, address, cancellationToken);
            StopWithDatabase(app, postgres);
            await SampleLoader.LoadAsync(app.Services, key, address.Base, postgres.DataFolder, cancellationToken);
            return new SingleProcess(postgres, app, address, key, givenKey is not null);
        }
        catch
        {
            if (app is not null)
                await app.DisposeAsync();
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the API and the executor, then PostgreSQL.</summary>
    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        await postgres.DisposeAsync();
    }

    /// <summary>Brings the schema up to date and makes sure that there is a key.</summary>
    private static async Task<string> PrepareAsync(EmbeddedPostgres postgres, string? givenKey, CancellationToken cancellationToken)
    {
        await using var owner = NpgsqlDataSource.Create(postgres.ConnectionString);
        try
        {
            await new Migrator(owner).MigrateAsync(cancellationToken);
            await new PartitionMaintenance(owner).RunAsync(cancellationToken);
        }
        catch (MigrationException e)
        {
            throw new StartException(e.Message);
        }
        var first = new FirstWorkspace(owner);
        var file = Path.Combine(postgres.DataFolder, "api-key");
        var key = givenKey ?? FirstKey.FromFile(file);
        await first.AddKeyAsync(key, cancellationToken);
        if (await first.IsValidAsync(key, cancellationToken))
            return key;
        if (givenKey is not null)
            throw new StartException($"The key in {FirstKey.Variable} was revoked. Choose another one, or unset it.");
        key = FirstKey.FromFile(file, again: true);
        await first.AddKeyAsync(key, cancellationToken);
        return key;
    }

    private static WebApplication Build(WebApplicationBuilder builder, EmbeddedPostgres postgres, ListenAddress address)
    {
        SecretKeyFile.AddTo(builder.Configuration, Path.Combine(postgres.DataFolder, SecretKeyFile.Name));
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:sos"] = postgres.ConnectionString,
            // Nobody else executes here, so what an earlier process left behind is taken over at once.
            ["Sos:Executor:Exclusive"] = "true",
            // The samples call this process.
            ["Sos:Outbound:Allow:this-process"] = address.Base.Authority,
        });
        if (builder.Configuration["Sos:Files:Folder"] is null && !builder.Configuration.GetSection("Sos:Files:S3").Exists())
            builder.Configuration["Sos:Files:Folder"] = Path.Combine(postgres.DataFolder, "files");
        builder.WebHost.UseUrls(address.Listen);
        builder.AddServiceDefaults("sos-api");
        builder.AddApi();
        builder.AddExecutor();
        builder.Services.AddPartitionMaintenance();
        builder.Services.AddSingleton(new SchemaState { Missing = null });
        var app = builder.Build();
        app.UseApi();
        app.MapSampleTargets();
        return app;
    }

    private static async Task RunAsync(WebApplication app, ListenAddress address, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw ListenAddress.Taken(address.Base.Port);
        }
    }

    /// <summary>Without its database the process is of no use: it ends, so that a supervisor starts both again.</summary>
    private static void StopWithDatabase(WebApplication app, EmbeddedPostgres postgres)
    {
        var logger = app.Services.GetRequiredService<ILogger<SingleProcess>>();
        _ = StopAsync();

        async Task StopAsync()
        {
            var exitCode = await postgres.Ended;
            LogDatabaseEnded(logger, exitCode, postgres.LogFile);
            Environment.ExitCode = 1;
            app.Lifetime.StopApplication();
        }
    }

    [LoggerMessage(1, LogLevel.Critical, "PostgreSQL ended by itself with exit code {ExitCode}; its messages are in {LogFile}. SOS stops.")]
    private static partial void LogDatabaseEnded(ILogger logger, int exitCode, string logFile);
}
