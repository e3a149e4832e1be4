using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Sos.ServiceDefaults.Telemetry;
using Sos.Workflows.Telemetry;

namespace Sos.Migrations.Tests.SigNoz.Files;

/// <summary>What SOS, .NET and Npgsql emit: SOS's own names by the constants and the code that uses them, the others from a list.</summary>
internal static partial class EmittedNames
{
    /// <summary>Metrics of .NET and Npgsql that dashboards may use, with their kind.</summary>
    public static IReadOnlyDictionary<string, string> ConventionMetrics { get; } = new Dictionary<string, string>
    {
        ["http.server.request.duration"] = "Histogram",
        ["http.server.active_requests"] = "UpDownCounter",
        ["kestrel.active_connections"] = "UpDownCounter",
        ["kestrel.queued_connections"] = "UpDownCounter",
        ["http.client.request.duration"] = "Histogram",
        ["db.client.operation.duration"] = "Histogram",
        ["db.client.operation.failed"] = "Counter",
        ["db.client.connection.count"] = "ObservableUpDownCounter",
        ["db.client.connection.npgsql.pending_requests"] = "UpDownCounter",
        ["dotnet.process.cpu.time"] = "ObservableCounter",
        ["dotnet.process.memory.working_set"] = "ObservableUpDownCounter",
        ["dotnet.gc.last_collection.heap.size"] = "ObservableUpDownCounter",
        ["dotnet.gc.pause.time"] = "ObservableCounter",
        ["dotnet.thread_pool.work_item.count"] = "ObservableCounter",
        ["dotnet.monitor.lock_contentions"] = "ObservableCounter",
        ["dotnet.exceptions"] = "Counter",
    };

    /// <summary>Attributes of .NET's and Npgsql's metrics that dashboards may use.</summary>
    public static IReadOnlySet<string> ConventionMetricAttributes { get; } = new HashSet<string> { "http.response.status_code", "server.address", "db.client.connection.state", "error.type" };

    /// <summary>Attributes that Sos.ServiceDefaults gives to server spans and to the resource.</summary>
    public static IReadOnlySet<string> ServiceAttributes { get; } = new HashSet<string>
    {
        "service.name", "service.instance.id", "deployment.environment", "http.route", "http.request.method", "http.response.status_code",
    };

    /// <summary>SOS's own names, each with the constants that have it, such as <c>MetricNames.QueueDepth</c>.</summary>
    public static ILookup<string, string> Constants { get; } = (
        from type in (Type[])[.. typeof(SosTelemetry).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(SosTelemetry).Namespace), typeof(TelemetryMetricNames)]
        from field in type.GetFields(BindingFlags.Public | BindingFlags.Static)
        where field is { IsLiteral: true } && field.FieldType == typeof(string)
        select (Name: (string)field.GetRawConstantValue()!, Constant: $"{type.Name}.{field.Name}")).ToLookup(each => each.Name, each => each.Constant);

    /// <summary>All code of the product.</summary>
    private static readonly string Code = string.Join('\n',
        from project in (string[])["Sos.Workflows", "Sos.Executors", "Sos.ServiceDefaults", "Sos.Api", "Sos.Migrations"]
        from file in Directory.EnumerateFiles(Repository.Path(project), "*.cs", SearchOption.AllDirectories)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
        select File.ReadAllText(file));

    private static readonly Dictionary<string, string> Instruments = InstrumentCreation().Matches(Code).DistinctBy(match => match.Groups[2].Value).ToDictionary(match => match.Groups[2].Value, match => match.Groups[1].Value);

    /// <summary>The kind of the instrument that SOS makes with a name.</summary>
    /// <returns>Null where it makes none.</returns>
    public static string? InstrumentKind(string name) => Constants[name].Select(Instruments.GetValueOrDefault).FirstOrDefault(kind => kind is not null);

    /// <summary>Whether code other than the constant itself uses a name.</summary>
    public static bool IsUsed(string name) => Constants[name].Any(constant => Regex.IsMatch(Code, $@"\b{Regex.Escape(constant)}\b"));

    /// <summary>Whether Sos.ServiceDefaults has code that sets an attribute of that name.</summary>
    public static bool IsWritten(string name) => Code.Contains($"\"{name}\"", StringComparison.Ordinal);

    /// <summary>The kind of an instrument, as it is called here.</summary>
    public static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0];

    [GeneratedRegex(@"\.Create(Histogram|Counter|UpDownCounter|Gauge|ObservableGauge|ObservableCounter|ObservableUpDownCounter)(?:<\w+>)?\(\s*(\w+\.\w+)")]
    private static partial Regex InstrumentCreation();
}
