using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Sos.Testing.Otlp;
using Sos.Testing.Postgres;

namespace Sos.ServiceDefaults.Tests.Telemetry;

[Collection(AloneCollection.Name)]
public sealed class MetricTests
{
    [Fact]
    public async Task Histograms_of_seconds_have_useful_buckets_and_exemplars()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver));
        using var meter = new Meter($"Sos.Test.{Guid.NewGuid():N}");
        var plain = meter.CreateHistogram<double>("plain", "s");
        var advised = meter.CreateHistogram("advised", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        string traceId;
        using (var span = host.Source.StartActivity("measured"))
        {
            traceId = span!.TraceId.ToHexString();
            plain.Record(0.02);
            advised.Record(0.02);
        }

        var point = (await receiver.WaitForMetricsAsync(m => m.Meter == meter.Name && m.Name == "plain"))[0];
        Assert.Equal((0.001, 3600), (point.Histogram!.Bounds[0], point.Histogram.Bounds[^1]));
        Assert.Equal(1UL, point.Histogram.Count);
        Assert.Contains((await receiver.WaitForMetricsAsync(m => m.Meter == meter.Name && m.Exemplars.Count > 0))[0].Exemplars, e => e.TraceId == traceId);
        Assert.Equal([1, 2], (await receiver.WaitForMetricsAsync(m => m.Meter == meter.Name && m.Name == "advised"))[0].Histogram!.Bounds);
    }

    [Fact]
    public async Task Sql_is_measured()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(new(TestHost.SettingsFor(receiver)) { ["ConnectionStrings:sos"] = database.ConnectionString }, builder => builder.AddNpgsqlDataSource("sos"));
        await host.Client.GetAsync("/ready");
        await receiver.WaitForMetricsAsync(m => m.Name == "db.client.operation.duration" && m.Histogram!.Count > 0);
    }

    [Fact]
    public async Task Requests_are_measured_and_probes_are_not()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(TestHost.SettingsFor(receiver), map: app => app.MapGet("/measured", () => "ok"));
        await host.SendAsync(HttpMethod.Get, "/health");
        await host.SendAsync(HttpMethod.Get, "/measured");
        await receiver.WaitForMetricsAsync(m => m.Name == "http.server.request.duration" && m["http.route"] == "/measured");
        Assert.DoesNotContain(receiver.Metrics, m => m.Name == "http.server.request.duration" && m["http.route"] == "/health");
        Assert.DoesNotContain(receiver.Metrics, m => m.Name.StartsWith("http.client.") && m["server.port"] == new Uri(receiver.GrpcEndpoint).Port.ToString());
    }
}
