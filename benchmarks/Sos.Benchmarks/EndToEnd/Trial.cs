using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Sos.Workflows.Telemetry;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>What a trial does.</summary>
internal sealed record TrialOptions
{
    public required int Connections { get; init; }
    public required TimeSpan Load { get; init; }
    public required TimeSpan WarmUp { get; init; }
    public required int Rate { get; init; }
    public required int Alone { get; init; }
    public required TimeSpan Idle { get; init; }

    public override string ToString() =>
        $"{Connections} connections submit for {Load.TotalSeconds:N0} s {(Rate == 0 ? "as fast as they are answered" : $"at {Rate} executions a second")}";
}

/// <summary>The product, started afresh, idle, under load, and with one execution at a time.</summary>
internal sealed class Trial : IAsyncDisposable
{
    // Three nodes that only compute: what is measured is SOS, not what a workflow waits for.
    private const string Definition = """
        {
          "name": "three-steps",
          "nodes": [
            { "id": "order", "type": "transform", "config": { "value": { "id": "{{ input.id }}", "total": "{{ input.price * input.count }}" } } },
            { "id": "tax", "type": "transform", "config": { "value": "{{ steps.order.total * 0.19 }}" } },
            { "id": "letter", "type": "transform", "config": { "value": { "text": "Order {{ steps.order.id }} costs {{ steps.order.total + steps.tax }}." } } }
          ],
          "edges": [ { "from": "order", "to": "tax" }, { "from": "tax", "to": "letter" } ],
          "output": "{{ steps.letter.text }}"
        }
        """;

    private const string Input = """{"input":{"id":"A-1027","price":19.5,"count":3}}""";

    // workflow.execute, workflow.started and one per node; the request that submits it has one of ASP.NET Core's.
    private const int SpansOfExecution = 5;
    private const string RequestSource = "Microsoft.AspNetCore";

    private readonly TrialOptions options;
    private readonly TelemetryLevel telemetry;
    private readonly TelemetrySink sink;
    private readonly SecondDestination second;
    private readonly ProductProcess product;
    private readonly DatabaseObserver database;
    private readonly List<Figure> figures = [];

    private Trial(TrialOptions options, TelemetryLevel telemetry, TelemetrySink sink, SecondDestination second, ProductProcess product)
    {
        (this.options, this.telemetry, this.sink, this.second, this.product) = (options, telemetry, sink, second, product);
        database = new DatabaseObserver(product.ConnectionString);
    }

    /// <summary>Starts the product.</summary>
    public static async Task<Trial> StartAsync(TrialOptions options, TelemetryLevel telemetry, SecondKind secondKind, CancellationToken cancellationToken)
    {
        var sink = await TelemetrySink.StartAsync(TimeSpan.Zero, cancellationToken);
        SecondDestination? second = null;
        try
        {
            second = await SecondDestination.StartAsync(secondKind, cancellationToken);
            return new Trial(options, telemetry, sink, second, await ProductProcess.StartAsync(telemetry, sink.Address, second.Address, cancellationToken));
        }
        catch
        {
            if (second is not null)
                await second.DisposeAsync();
            await sink.DisposeAsync();
            throw;
        }
    }

    /// <summary>What it is measured on, in a few words.</summary>
    public async Task<string> DescribeMachineAsync(CancellationToken cancellationToken) =>
        $"{Environment.ProcessorCount} processors ({RuntimeInformation.OSArchitecture}), {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {await database.DescribeAsync(cancellationToken)}";

    /// <summary>Measures.</summary>
    public async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var path = await CreateWorkflowAsync(cancellationToken);
        var submit = KeepAliveConnection.Post(product.Address, path, Input);
        await Load.RunAsync(product.Address, submit, options.Connections, options.WarmUp, options.Rate, cancellationToken);
        await database.DrainedAsync(cancellationToken);
        await SettleAsync(cancellationToken);
        var idle = await MeasureIdleAsync(cancellationToken);
        await MeasureLoadAsync(submit, cancellationToken);
        await MeasureAloneAsync(KeepAliveConnection.Post(product.Address, path + "?wait=10s", Input), cancellationToken);
        figures.Add(idle);
        using var api = Process.GetProcessById(product.Id);
        figures.Add(new("Peak memory of API and executor, MiB", api.PeakWorkingSet64 / 1048576.0, "N0"));
        figures.Add(new("Its managed heap after a collection, at most, MiB", telemetry == TelemetryLevel.Off ? double.NaN : sink.LargestHeap / 1048576.0, "N0"));
        return figures;
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        await product.DisposeAsync();
        await second.DisposeAsync();
        await sink.DisposeAsync();
    }

    private async Task<string> CreateWorkflowAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = product.Address };
        client.DefaultRequestHeaders.Add("X-API-Key", ProductProcess.Key);
        using var content = new StringContent(Definition, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("/api/v1/workflows", UriKind.Relative), content, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"The workflow was refused: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        var workflow = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return $"/api/v1/workflows/{workflow.GetProperty("id").GetString()}/executions";
    }

    /// <summary>Waits until what has been counted has also been told.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(DatabaseObserver.CountersSettle, cancellationToken);
        await sink.QuietAsync(TimeSpan.FromSeconds(2), cancellationToken);
    }

    private async Task<Figure> MeasureIdleAsync(CancellationToken cancellationToken)
    {
        var before = await database.CommitsAsync(cancellationToken);
        var timer = Stopwatch.StartNew();
        await Task.Delay(options.Idle, cancellationToken);
        return new("Transactions a second while idle", (await database.CommitsAsync(cancellationToken) - before) / timer.Elapsed.TotalSeconds, "N2");
    }

    private async Task MeasureLoadAsync(byte[] submit, CancellationToken cancellationToken)
    {
        var (spans, requests, bytes) = (sink.SpansOf(SosTelemetry.Name), sink.SpansOf(RequestSource), sink.Bytes);
        var (commits, wal) = (await database.CommitsAsync(cancellationToken), await database.WalBytesAsync(cancellationToken));
        var processor = ProcessorTime.Now(product);
        var since = await database.NowAsync(cancellationToken);
        await using var memory = new MemoryWatch(product.Id);
        var timer = Stopwatch.StartNew();

        var submitted = await Load.RunAsync(product.Address, submit, options.Connections, options.Load, options.Rate, cancellationToken);
        var submitSeconds = timer.Elapsed.TotalSeconds;
        var looks = await database.DrainedAsync(cancellationToken);
        var seconds = timer.Elapsed.TotalSeconds;

        var (middle, end) = await memory.EndAsync();
        processor = ProcessorTime.Now(product) - processor;
        wal = await database.WalBytesAsync(cancellationToken) - wal;
        var outcome = await database.OutcomeAsync(since, cancellationToken);
        if (outcome.Count != submitted.Length)
            throw new InvalidOperationException($"{submitted.Length} executions were accepted, but {outcome.Count} are there.");
        await SettleAsync(cancellationToken);
        commits = await database.CommitsAsync(cancellationToken) - commits - looks - 1;

        var count = (double)outcome.Count;
        figures.Add(new("**Executions a second**, first submit to last end", count / outcome.Seconds, "N0"));
        figures.Add(new("Submits a second", count / submitSeconds, "N0"));
        AddPercentiles("Submit, ms", [Percentile.Of(submitted, 0.5), Percentile.Of(submitted, 0.95), Percentile.Of(submitted, 0.99)]);
        AddPercentiles("Created to finished under load, ms", outcome.Latencies);
        figures.Add(new("Commits per execution", commits / count, "N3"));
        figures.Add(new("WAL bytes per execution", wal / count, "N0"));
        figures.Add(new("CPU of API and executor, s per 1,000 executions", processor.Product / count * 1000, "N2"));
        figures.Add(new("CPU of PostgreSQL, s per 1,000 executions", processor.Postgres / count * 1000, "N2"));
        figures.Add(new("CPU of the load itself, s per 1,000 executions", processor.Benchmark / count * 1000, "N2"));
        figures.Add(new("CPU of anything else meanwhile, cores", processor.Others / seconds, "N2"));
        figures.Add(new("Memory in the middle third of the load, MiB", middle, "N0"));
        figures.Add(new("Memory in its last third, MiB", end, "N0"));
        if (telemetry == TelemetryLevel.Off)
        {
            AddTelemetry(double.NaN, double.NaN, double.NaN);
            AddSecond();
            return;
        }
        var sampled = await database.SampledAsync(since, telemetry, cancellationToken);
        var received = sink.SpansOf(SosTelemetry.Name) - spans + sink.SpansOf(RequestSource) - requests;
        AddTelemetry(received / outcome.Seconds, sampled * (SpansOfExecution + 1) - received, (sink.Bytes - bytes) / count);
        AddSecond();
    }

    private async Task MeasureAloneAsync(byte[] submitAndWait, CancellationToken cancellationToken)
    {
        await Load.RunAloneAsync(product.Address, submitAndWait, Math.Min(options.Alone, 50), cancellationToken);
        var alone = await Load.RunAloneAsync(product.Address, submitAndWait, options.Alone, cancellationToken);
        figures.Add(new("**One alone**, request to result, p50, ms", Percentile.Of(alone, 0.5)));
        figures.Add(new("One alone, p95, ms", Percentile.Of(alone, 0.95)));
    }

    private void AddPercentiles(string name, double[] values)
    {
        foreach (var (rank, value) in new[] { "p50", "p95", "p99" }.Zip(values))
            figures.Add(new($"{name}, {rank}", value));
    }

    /// <summary>Since the start of the product: warm-up and spans of all sources are in it.</summary>
    private void AddSecond()
    {
        var (all, at, dropped) = (sink.AllSpans, (double)(second.Sink?.AllSpans ?? 0), (double)sink.DroppedAt(SecondDestination.Name));
        if (second.Address is null)
            (at, dropped) = (double.NaN, double.NaN);
        figures.Add(new("Spans of all sources since the start, at the first destination", telemetry == TelemetryLevel.Off ? double.NaN : all, "N0"));
        figures.Add(new("… at the second", at, "N0"));
        figures.Add(new("… dropped there, as the product counts", dropped, "N0"));
        figures.Add(new("… neither, so still waiting", all - at - dropped, "N0"));
        figures.Add(new("Trace exports waiting for an answer there, at most", second.Sink is { MostUnderWay: > 0 } slow ? slow.MostUnderWay : double.NaN, "N0"));
    }

    private void AddTelemetry(double spansPerSecond, double missing, double bytesPerExecution)
    {
        figures.Add(new("Spans a second received", spansPerSecond, "N0"));
        figures.Add(new("Spans that did not arrive", missing, "N0"));
        figures.Add(new("OTLP bytes per execution", bytesPerExecution, "N0"));
    }
}
