using System.Text.RegularExpressions;
using Sos.Migrations.Embedded;
using Sos.Testing.Processes;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>
/// The product as a user starts it, in single-process mode, on a free port and with a data folder of its own that is
/// removed at the end. PostgreSQL is the embedded one with its durable settings.
/// </summary>
internal sealed partial class ProductProcess : IAsyncDisposable
{
    public const string Key = "sos_benchmark_key_of_a_throw_away_database";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    private readonly ServiceProcess process;
    private readonly string folder;

    private ProductProcess(ServiceProcess process, string folder) => (this.process, this.folder) = (process, folder);

    /// <summary>The process of API and executor.</summary>
    public int Id => process.Id;

    /// <summary>Where the API listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>How to get at its database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>PostgreSQL's first process, which the others are children of.</summary>
    public int PostgresId { get; private set; }

    /// <summary>Starts the product and waits until it serves.</summary>
    /// <param name="telemetry">How much of its telemetry it exports.</param>
    /// <param name="sink">Where that goes.</param>
    /// <param name="second">Where else that goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="settings">Environment variables beside these.</param>
    public static async Task<ProductProcess> StartAsync(
        TelemetryLevel telemetry, Uri sink, Uri? second, CancellationToken cancellationToken, Dictionary<string, string?>? settings = null)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"sos-bench-{Guid.NewGuid():N}");
        var environment = new Dictionary<string, string?>
        {
            ["SOS_DATA"] = folder,
            ["SOS_API_KEY"] = Key,
            ["ConnectionStrings__sos"] = null,
            ["ConnectionStrings__signoz"] = second is null ? null : $"Endpoint={second};Protocol=http/protobuf",
            ["Sos__Api__RateLimit__PerSecond"] = "1000000",
            ["Sos__Api__RateLimit__Burst"] = "1000000",
            ["OTEL_ENABLED"] = telemetry == TelemetryLevel.Off ? "false" : "true",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            // What the product says about its own losses shall not be old when it is read.
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "5000",
            ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
            ["OTEL_TRACES_SAMPLER_ARG"] = FormattableString.Invariant($"{telemetry.Ratio}"),
        };
        foreach (var (name, value) in settings ?? [])
            environment[name] = value;
        var product = new ProductProcess(ServiceProcess.Start("Sos.Api.dll", environment, "--urls", "http://127.0.0.1:0"), folder);
        try
        {
            await product.WaitUntilReadyAsync(cancellationToken);
            return product;
        }
        catch
        {
            await product.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it in order, database included, and removes the data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await process.TerminateAsync();
        await process.DisposeAsync();
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartTimeout);
        Match listening;
        while (!(listening = ApiLine().Match(process.Output)).Success)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The product did not start:\n{process.Output}");
            await Task.Delay(50, limit.Token);
        }
        Address = new Uri(listening.Groups["address"].Value);
        var instance = Path.Combine(folder, new EmbeddedPostgresOptions().Name);
        ConnectionString = (await File.ReadAllTextAsync(Path.Combine(instance, "connection-string"), cancellationToken)).Trim();
        PostgresId = PostmasterFile.Read(Path.Combine(instance, "data"))!.ProcessId;
    }

    [GeneratedRegex(@"^\s*API\s+(?<address>http://[0-9.:]+)/api/v1\b", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex ApiLine();
}
