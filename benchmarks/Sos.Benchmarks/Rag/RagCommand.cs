using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using Sos.Executors.Models;
using Sos.Executors.Models.Providers.Local;
using Sos.Executors.Nodes;
using Sos.Executors.Rag;
using Sos.Executors.Rag.Search;
using Sos.Testing.Postgres;
using Sos.Workflows.Expressions;
using Sos.Workflows.Models;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Benchmarks.Rag;

/// <summary>
/// The <c>rag</c> command: fills an index with chunks of made-up text and asks it, warm, one question after another. To
/// measure on one core, start it as <c>taskset -c 0</c>, which holds for the database that it starts, too.
/// </summary>
internal static class RagCommand
{
    private const int WarmUp = 100;

    private static readonly Option<int> Chunks = new("--chunks") { Description = "How many chunks", DefaultValueFactory = _ => 100_000 };
    private static readonly Option<int> Questions = new("--questions") { Description = "How many questions of each mode", DefaultValueFactory = _ => 300 };
    private static readonly Option<string> Store = new("--store") { Description = "exact or pgvector", DefaultValueFactory = _ => VectorStores.Exact };

    public static Command Create()
    {
        var command = new Command("rag", "Asks an index of documents, with a database of its own, and prints how long answers take.") { Chunks, Questions, Store };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(Chunks), parsed.GetValue(Questions), parsed.GetValue(Store)!, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int chunks, int questions, string store, CancellationToken cancellationToken)
    {
        await using var server = await PostgresFixture.StartAsync(cancellationToken: cancellationToken);
        await using var database = await server.CreateDatabaseAsync(cancellationToken);
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString);
        DatabaseRole.ActAs(builder, DatabaseRole.Executor);
        await using var source = builder.Build();
        using var embedder = new LocalEmbeddingGenerator();
        var rag = RagServices.Create(source, new RagModels((call, _, token) => EmbedAsync(embedder, call, token), (_, _, _) => throw new NotSupportedException()), new RagOptions(), TimeProvider.System);

        var workspace = Guid.CreateVersion7();
        await database.ExecuteAsync($"insert into organizations (id, name) values ('{workspace}', 'o'); insert into workspaces (id, organization_id, name) values ('{workspace}', '{workspace}', 'w')", cancellationToken);
        var index = await rag.Indexes.FindOrCreateAsync(workspace, new RagIndexSettings { Name = "bench", VectorStore = store }, cancellationToken)
            ?? throw new InvalidOperationException("The database has no pgvector.");
        var text = new MadeUpText(seed: 1);
        var filling = Stopwatch.StartNew();
        await BulkChunks.FillAsync(database, index, text, chunks, cancellationToken);
        Console.WriteLine($"{chunks:N0} chunks of {index.Dimensions} dimensions, {store}; filled in {filling.Elapsed.TotalSeconds:0} s; {Environment.ProcessorCount} processor(s).");

        index = (await rag.Indexes.FindAsync(workspace, "bench", cancellationToken))!;
        var loading = Stopwatch.StartNew();
        if (store == VectorStores.Exact)
        {
            var matrix = await rag.Matrices.GetAsync(index, cancellationToken);
            Console.WriteLine($"Loaded {matrix.Bytes / 1024.0 / 1024:0} MiB of vectors in {loading.Elapsed.TotalSeconds:0.0} s.");
        }
        Console.WriteLine();
        Console.WriteLine("| search | p50 ms | p95 ms | p99 ms | max ms |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, mode, filter) in new[] { ("hybrid", SearchMode.Hybrid, false), ("vector", SearchMode.Vector, false), ("text", SearchMode.Text, false), ("hybrid, filtered", SearchMode.Hybrid, true) })
        {
            var parsed = filter ? MetadataFilter.Parse(JsonElement.Parse("""{"shelf": {"in": [1, 2, 3]}}""")) : null;
            var times = new List<double>();
            for (var i = 0; i < questions + WarmUp; i++)
            {
                var question = new RagQuestion { Text = text.Question(), Mode = mode, Filter = parsed };
                var started = Stopwatch.GetTimestamp();
                // With everything that a question takes: its row, embedding, both halves, and the chunks' texts.
                var now = (await rag.Indexes.FindAsync(workspace, "bench", cancellationToken))!;
                await rag.Search.FindAsync(now, question, Context(workspace), cancellationToken);
                if (i >= WarmUp)
                    times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {At(0.5):0.0} | {At(0.95):0.0} | {At(0.99):0.0} | {times[^1]:0.0} |"));

            double At(double share) => times[Math.Min(times.Count - 1, (int)(times.Count * share))];
        }
        return 0;
    }

    private static async Task<EmbeddingReply> EmbedAsync(LocalEmbeddingGenerator embedder, EmbeddingCall call, CancellationToken cancellationToken)
    {
        var vectors = await embedder.GenerateAsync(call.Inputs, cancellationToken: cancellationToken);
        return new EmbeddingReply { Vectors = [.. vectors.Select(v => v.Vector)], Provider = "local", Model = call.Model, Usage = TokenUsage.None, CostUsd = 0, IsLocal = true };
    }

    private static NodeContext Context(Guid workspace) => new()
    {
        Execution = new ExecutionInfo
        {
            Id = workspace, WorkspaceId = workspace, OrganizationId = workspace, WorkflowId = workspace, WorkflowName = "bench", Version = 1, Attempt = 1, StartedAt = DateTimeOffset.UnixEpoch,
        },
        NodeId = "n", Iteration = "", Attempt = 1, Config = JsonElement.Parse("{}"), Variables = CelVariables.Empty, Time = TimeProvider.System,
    };
}
