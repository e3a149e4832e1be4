using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Sos.Migrations.SigNoz;
using Sos.Testing.Postgres;

namespace Sos.Migrations.Tests.SigNoz.Files;

/// <summary>Dashboards and alerts use no name that nobody emits.</summary>
public sealed class EmittedNamesTests
{
    private static readonly IReadOnlyList<DashboardQuery> Queries =
    [
        .. SigNozContent.BuiltIn().Dashboards.SelectMany(dashboard => dashboard.Body["spec"]!["panels"]!.AsObject().SelectMany(panel => DashboardQuery.OfPanel($"{dashboard.Name}/{panel.Key}", panel.Value!))),
        .. SigNozContent.BuiltIn().Rules.SelectMany(rule => DashboardQuery.OfRule(rule.Name, rule.Body)),
    ];

    [Fact]
    public void Every_metric_is_one_that_the_code_emits()
    {
        var unknown = from query in Queries
                      from metric in QueryNames.Metrics(query)
                      let problem = Problem(metric)
                      where problem is not null
                      select $"{query.Where}: {metric} {problem}";
        Assert.Empty(unknown);
        Assert.Contains(Queries.SelectMany(QueryNames.Metrics), metric => metric == "sos.queue.wait.bucket");

        static string? Problem(string metric)
        {
            // SigNoz keeps the parts of a histogram apart.
            var part = new[] { ".bucket", ".count", ".sum" }.FirstOrDefault(suffix => metric.EndsWith(suffix, StringComparison.Ordinal) && KindOf(metric) is null);
            return (KindOf(part is null ? metric : metric[..^part.Length]), part) switch
            {
                (null, _) => "is emitted by nobody",
                ("Histogram", null) => "is a histogram, of which only .bucket, .count and .sum can be read",
                (not "Histogram", not null) => "is no histogram",
                _ => null,
            };
        }

        static string? KindOf(string name) => EmittedNames.InstrumentKind(name) ?? EmittedNames.ConventionMetrics.GetValueOrDefault(name);
    }

    [Fact]
    public void A_rate_is_only_taken_of_what_counts_up()
    {
        var wrong = from query in Queries
                    from aggregation in query.Aggregations
                    where aggregation["metricName"] is not null
                    let name = (string)aggregation["metricName"]!
                    let kind = EmittedNames.InstrumentKind(name) ?? EmittedNames.ConventionMetrics.GetValueOrDefault(name) ?? "Histogram"
                    let counts = kind is "Counter" or "ObservableCounter" or "Histogram"
                    where counts != (string)aggregation["timeAggregation"]! is "rate" or "increase"
                    select $"{query.Where}: {aggregation["timeAggregation"]} of {name}, a {kind}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_attribute_is_one_that_the_code_emits()
    {
        var unknown = from query in Queries
                      from name in QueryNames.Attributes(query)
                      where !EmittedNames.IsUsed(name)
                          && !(EmittedNames.ServiceAttributes.Contains(name) && EmittedNames.IsWritten(name))
                          && !(query.Signal == "metrics" && EmittedNames.ConventionMetricAttributes.Contains(name))
                      select $"{query.Where}: {name}";
        Assert.Empty(unknown.Distinct());
        Assert.Contains(Queries.SelectMany(QueryNames.Attributes), name => name == "webhook.outcome");
    }

    [Fact]
    public void Every_span_is_one_that_the_code_starts()
    {
        var unknown = from query in Queries
                      from span in QueryNames.Spans(query)
                      where !EmittedNames.IsUsed(span)
                      select $"{query.Where}: {span}";
        Assert.Empty(unknown.Distinct());
        Assert.Contains(Queries.SelectMany(QueryNames.Spans), span => span == "execute_tool ");
    }

    [Fact]
    public async Task The_listed_conventions_are_those_of_the_versions_in_use()
    {
        var kinds = new ConcurrentDictionary<string, string>();
        var attributes = new ConcurrentDictionary<string, bool>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (EmittedNames.ConventionMetrics.ContainsKey(instrument.Name))
                {
                    kinds[instrument.Name] = EmittedNames.KindOf(instrument);
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => Note(tags));
        listener.Start();

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddMetrics();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.Run(_ => throw new InvalidOperationException("so that an exception is counted"));
        await app.StartAsync();
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()));
        await using var database = await TestDatabase.CreateEmptyAsync();
        await database.ExecuteAsync("select 1");

        // A server measures a request after its answer has gone.
        await Waiting.UntilAsync(() =>
        {
            listener.RecordObservableInstruments();
            return EmittedNames.ConventionMetricAttributes.IsSubsetOf(attributes.Keys);
        }, "the measurement of all listed attributes");
        Assert.Equal(EmittedNames.ConventionMetrics.OrderBy(metric => metric.Key, StringComparer.Ordinal), kinds.OrderBy(metric => metric.Key, StringComparer.Ordinal));

        void Note(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
                attributes[tag.Key] = true;
        }
    }
}
