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

    [Theory]
    [InlineData(null, 2, 1)]
    [InlineData("cumulative", 2, 2)]
    [InlineData("delta", 1, 1)]
    public async Task Sums_are_since_the_start_and_for_SigNoz_since_the_last_export_unless_a_setting_says(string? preference, double otherwise, double toSigNoz)
    {
        await using var other = await OtlpReceiver.StartAsync();
        await using var signoz = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(new(TestHost.SettingsFor(other))
        {
            ["ConnectionStrings:signoz"] = signoz.GrpcEndpoint,
            ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = preference,
        });
        using var meter = new Meter($"Sos.Test.{Guid.NewGuid():N}");
        var counter = meter.CreateCounter<long>("counted");
        counter.Add(1);
        foreach (var receiver in new[] { other, signoz })
            Assert.Equal(1, (await receiver.WaitForMetricsAsync(m => m.Meter == meter.Name))[0].Value);
        int before = other.Metrics.Count(m => m.Meter == meter.Name), beforeSigNoz = signoz.Metrics.Count(m => m.Meter == meter.Name);

        counter.Add(1);

        // A sum since the start comes again and again, also while nothing is added.
        await other.WaitUntilAsync(r => r.Metrics.Where(m => m.Meter == meter.Name).Skip(before).Any(m => m.Value == otherwise));
        await signoz.WaitUntilAsync(r => r.Metrics.Where(m => m.Meter == meter.Name).Skip(beforeSigNoz).Any(m => m.Value == toSigNoz));
        Assert.DoesNotContain(signoz.Metrics, m => m.Meter == meter.Name && m.Value > toSigNoz);
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
        var measured = await receiver.WaitForMetricsAsync(m => m.Name == "http.server.request.duration" && m["http.route"] == "/measured");
        Assert.Equal(1UL, measured[0].Histogram!.Count);
        Assert.DoesNotContain(receiver.Metrics, m => m.Name == "http.server.request.duration" && m["http.route"] == "/health");
        Assert.DoesNotContain(receiver.Metrics, m => m.Name.StartsWith("http.client.") && m["server.port"] == new Uri(receiver.GrpcEndpoint).Port.ToString());
    }
}
