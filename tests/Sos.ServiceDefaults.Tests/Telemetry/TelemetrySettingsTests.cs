using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;
using Sos.ServiceDefaults.Telemetry;
using Sos.ServiceDefaults.Telemetry.Settings;

namespace Sos.ServiceDefaults.Tests.Telemetry;

public sealed class TelemetrySettingsTests
{
    [Theory]
    [InlineData("OTEL_ENABLED", "false", false)]
    [InlineData("OTEL_ENABLED", "False", false)]
    [InlineData("OTEL_ENABLED", "true", true)]
    [InlineData("OTEL_SDK_DISABLED", "true", false)]
    [InlineData("OTEL_SDK_DISABLED", "false", true)]
    [InlineData("OTEL_ENABLED", "", true)]
    public void Telemetry_can_be_switched_off(string setting, string value, bool enabled) =>
        Assert.Equal(enabled, TelemetrySettings.IsEnabled(Configuration((setting, value))));

    [Theory]
    [InlineData("a=1,b=2", "a=1;b=2")]
    [InlineData(" a = 1 , b=x%2Cy%3D ", "a=1;b=x,y=")]
    [InlineData("a==1", "a==1")]
    [InlineData("""{"a":"1","b":"x,y"}""", "a=1;b=x,y")]
    [InlineData("""  {"a": 7} """, "a=7")]
    [InlineData("", "")]
    [InlineData("a=", "a=")]
    public void Headers_are_read_as_pairs_and_as_json(string text, string expected)
    {
        var headers = OtlpHeaders.Parse(text, out var problem);
        Assert.Null(problem);
        Assert.Equal(expected, string.Join(';', headers!.Select(h => $"{h.Key}={h.Value}")));
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("a=1,hunter2")]
    [InlineData("=hunter2")]
    [InlineData("""{"a":"hunter2" """)]
    [InlineData("""{"a":{"b":"hunter2"}}""")]
    [InlineData("""{"a":true,"b":"hunter2"}""")]
    [InlineData("a=hunter2%0D%0Ax: y")]
    [InlineData("""{"a b":"hunter2"}""")]
    [InlineData("Content-Type=hunter2")]
    public void Headers_that_cannot_be_read_are_refused_without_telling_their_values(string text)
    {
        Assert.Null(OtlpHeaders.Parse(text, out var problem));
        Assert.NotNull(problem);
        Assert.DoesNotContain("hunter2", problem);
    }

    [Fact]
    public void Too_many_or_too_long_headers_are_refused()
    {
        Assert.Null(OtlpHeaders.Parse(string.Join(',', Enumerable.Range(0, 65).Select(i => $"h{i}=x")), out _));
        Assert.Null(OtlpHeaders.Parse("a=" + new string('x', 20_000), out _));
    }

    [Fact]
    public void A_signals_own_settings_go_before_the_common_ones()
    {
        var settings = Read(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://common:4317"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "who=common"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000"),
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://logs.example/otlp/in"),
            ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "who=logs"),
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "5000"));
        Assert.Empty(settings.Problems);
        var targets = Assert.Single(settings.Destinations).Targets;
        var (traces, logs) = (targets[TelemetrySignal.Traces], targets[TelemetrySignal.Logs]);
        Assert.Equal(("http://common:4317/", OtlpExportProtocol.Grpc, "common", 3.0), (traces.Endpoint.ToString(), traces.Protocol, traces.Headers["who"], traces.Timeout.TotalSeconds));
        Assert.Equal(("https://logs.example/otlp/in", OtlpExportProtocol.HttpProtobuf, "logs", 5.0), (logs.Endpoint.ToString(), logs.Protocol, logs.Headers["who"], logs.Timeout.TotalSeconds));
    }

    [Theory]
    [InlineData("http://host:4318", null, OtlpExportProtocol.HttpProtobuf, "http://host:4318/v1/traces")]
    [InlineData("http://host:4317", null, OtlpExportProtocol.Grpc, "http://host:4317/")]
    [InlineData("https://host", null, OtlpExportProtocol.Grpc, "https://host/")]
    [InlineData("http://host:4317/base/", "http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://host:4317/base/v1/traces")]
    [InlineData("http://host:4318", "grpc", OtlpExportProtocol.Grpc, "http://host:4318/")]
    public void The_protocol_follows_from_the_setting_or_the_port(string endpoint, string? protocol, OtlpExportProtocol expected, string address)
    {
        var target = Read(("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)).Destinations[0].Targets[TelemetrySignal.Traces];
        Assert.Equal((expected, address), (target.Protocol, target.Endpoint.ToString()));
    }

    [Fact]
    public void Only_the_signals_with_an_endpoint_are_exported()
    {
        var destination = Assert.Single(Read(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://host:4318/v1/traces")).Destinations);
        var (signal, target) = Assert.Single(destination.Targets);
        Assert.Equal((TelemetrySignal.Traces, OtlpExportProtocol.HttpProtobuf, "http://host:4318/v1/traces"), (signal, target.Protocol, target.Endpoint.ToString()));
    }

    [Theory]
    [InlineData("http://signoz:4317", "grpc", null)]
    [InlineData("http://signoz:4318", "http/protobuf", null)]
    [InlineData("Endpoint=http://signoz:4317;Protocol=grpc;IngestionKey=k=1", "grpc", "k=1")]
    [InlineData("endpoint=https://ingest.eu.signoz.cloud:443;ingestionkey=\"a;b\";protocol=http/protobuf", "http/protobuf", "a;b")]
    public void SigNoz_is_configured_by_a_connection_string(string text, string protocol, string? key)
    {
        var settings = Read(("ConnectionStrings:signoz", text));
        Assert.Empty(settings.Problems);
        var destination = Assert.Single(settings.Destinations);
        Assert.Equal(("signoz", 3), (destination.Name, destination.Targets.Count));
        Assert.All(destination.Targets.Values, target =>
        {
            Assert.Equal(protocol, target.ProtocolName);
            Assert.Equal(key, target.Headers.GetValueOrDefault("signoz-ingestion-key"));
        });
    }

    [Theory]
    [InlineData("IngestionKey=hunter2")]
    [InlineData("Endpoint=nowhere;IngestionKey=hunter2")]
    [InlineData("hunter2")]
    [InlineData("Endpoint=http://signoz:4317;IngestionKey=hunter2 ü")]
    public void A_broken_SigNoz_connection_string_is_reported_without_its_key(string text)
    {
        var settings = Read(("ConnectionStrings:signoz", text));
        Assert.Empty(settings.Destinations);
        Assert.DoesNotContain("hunter2", Assert.Single(settings.Problems));
    }

    [Fact]
    public void Destinations_tell_where_traces_go_and_keep_secrets()
    {
        var settings = Read(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hunter2@localhost:4317/?key=hunter2"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2"),
            ("SOS_ASPIRE_URL", "http://localhost:18888/"),
            ("ConnectionStrings:signoz", "Endpoint=http://signoz:4318;IngestionKey=hunter2;Web=http://localhost:8080"));
        var destinations = new TelemetryDestinations(settings.Destinations);
        Assert.Equal("otlp http://localhost:4317 (grpc), signoz http://signoz:4318 (http/protobuf)", destinations.ToString());
        Assert.Equal("http://localhost:18888/traces/detail/abc?spanId=def", destinations["otlp"]!.TraceUrl("abc", "def")!.ToString());
        Assert.Equal("http://localhost:8080/trace/abc", destinations["signoz"]!.TraceUrl("abc")!.ToString());
        Assert.Null(destinations["other"]);
        Assert.DoesNotContain("hunter2", string.Join(' ', settings.Destinations.SelectMany(d => d.Targets.Values)));
        Assert.Equal("none", new TelemetryDestinations([]).ToString());
    }

    [Fact]
    public void The_resource_has_the_services_name_version_and_environment()
    {
        var resource = Read().Resource;
        Assert.Equal(("sos-api", "sos", "test", "test"), (resource["service.name"], resource["service.namespace"], resource["deployment.environment.name"], resource["deployment.environment"]));
        Assert.True(Guid.TryParse(resource["service.instance.id"], out _));
        Assert.NotEmpty(resource["service.version"]);
    }

    [Fact]
    public void The_resources_settings_go_before_its_defaults()
    {
        var resource = Read(
            ("OTEL_SERVICE_NAME", "mine"), ("OTEL_SERVICE_VERSION", "9.9"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,service.instance.id=7,team=a%20b,deployment.environment=blue")).Resource;
        Assert.Equal(("mine", "9.9", "7", "a b"), (resource["service.name"], resource["service.version"], resource["service.instance.id"], resource["team"]));
        Assert.Equal(("blue", "blue"), (resource["deployment.environment"], resource["deployment.environment.name"]));
        Assert.Equal("given", TelemetrySettings.Read(Configuration(), Environment(), "given").Resource["service.name"]);
    }

    [Theory]
    [InlineData(null, "ParentBased{AlwaysOnSampler}")]
    [InlineData("always_on", "AlwaysOnSampler")]
    [InlineData("always_off", "AlwaysOffSampler")]
    [InlineData("traceidratio", "TraceIdRatioBasedSampler{0.250000}")]
    [InlineData("parentbased_always_on", "ParentBased{AlwaysOnSampler}")]
    [InlineData("parentbased_always_off", "ParentBased{AlwaysOffSampler}")]
    [InlineData("parentbased_traceidratio", "ParentBased{TraceIdRatioBasedSampler{0.250000}}")]
    public void Every_standard_sampler_is_known(string? name, string expected)
    {
        var settings = Read(("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", "0.25"));
        Assert.Empty(settings.Problems);
        Assert.Equal(expected, Describe(settings.Sampler));
    }

    [Theory]
    [InlineData("OTEL_TRACES_SAMPLER", "sometimes")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "-1")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE", "0")]
    [InlineData("OTEL_BLRP_SCHEDULE_DELAY", "soon")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "1.5")]
    [InlineData("OTEL_METRICS_EXEMPLAR_FILTER", "all")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "novalue")]
    public void A_setting_that_makes_no_sense_is_reported_by_name_and_ignored(string setting, string value)
    {
        var settings = Read(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://host:4317"), (setting, value));
        Assert.StartsWith(setting, Assert.Single(settings.Problems.Distinct()));
        Assert.Single(settings.Destinations);
    }

    [Fact]
    public void Batches_are_made_for_many_spans_and_can_be_set()
    {
        Assert.Equal(BatchSettings.Default, Read().Spans);
        var settings = Read(("OTEL_BSP_MAX_QUEUE_SIZE", "100"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "500"), ("OTEL_BSP_SCHEDULE_DELAY", "7"));
        Assert.Equal(new BatchSettings(100, 100, TimeSpan.FromMilliseconds(7)), settings.Spans);
        Assert.Equal(BatchSettings.Default, settings.Logs);
    }

    static string Describe(Sampler sampler) => sampler.Description;

    static TelemetrySettings Read(params (string, string?)[] settings) => TelemetrySettings.Read(Configuration(settings), Environment(), null);

    static HostingEnvironment Environment() => new() { ApplicationName = "Sos.Api", EnvironmentName = "Test" };

    static IConfiguration Configuration(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, s.Value))).Build();
}
