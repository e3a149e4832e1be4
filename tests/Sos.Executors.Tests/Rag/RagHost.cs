using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Npgsql;
using Sos.Executors.Models;
using Sos.Executors.Models.Providers.Local;
using Sos.Executors.Nodes;
using Sos.Executors.Rag;
using Sos.Executors.Rag.Ingest;
using Sos.Executors.Rag.Search;
using Sos.Testing.Postgres;
using Sos.Workflows.Expressions;
using Sos.Workflows.Models;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Rag;

/// <summary>Indexes on a real database, as the executor's role, with an embedder that counts and a chat model that a test scripts.</summary>
internal sealed class RagHost : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LocalEmbeddingGenerator embedder = new();
    private int embedded;

    private RagHost(TestDatabase database, NpgsqlDataSource source, RagOptions options)
    {
        (Database, Source) = (database, source);
        Parts = RagServices.Create(source, new RagModels(EmbedAsync, (call, _, _) => Task.FromResult(Chat(call))), options, TimeProvider.System);
    }

    public TestDatabase Database { get; }

    public NpgsqlDataSource Source { get; }

    public RagParts Parts { get; }

    public Guid Workspace { get; } = Guid.CreateVersion7();

    /// <summary>How many texts were embedded.</summary>
    public int Embedded => Volatile.Read(ref embedded);

    /// <summary>What happens before texts are embedded.</summary>
    public Func<EmbeddingCall, Task> BeforeEmbedding { get; set; } = _ => Task.CompletedTask;

    /// <summary>What the chat model answers.</summary>
    public Func<ChatCall, ChatReply> Chat { get; set; } = _ => throw new InvalidOperationException("No chat model was to be asked.");

    public static async Task<RagHost> StartAsync(RagOptions? options = null)
    {
        var database = await TestDatabase.CreateAsync();
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString);
        DatabaseRole.ActAs(builder, DatabaseRole.Executor);
        var host = new RagHost(database, builder.Build(), options ?? new RagOptions());
        var organization = Guid.CreateVersion7();
        await database.ExecuteAsync($"insert into organizations (id, name) values ('{organization}', 'o'); insert into workspaces (id, organization_id, name) values ('{host.Workspace}', '{organization}', 'w')");
        return host;
    }

    public async Task<RagIndex> MakeIndexAsync(string name = "docs", int chunkTokens = 300, string store = VectorStores.Exact, string language = "english")
    {
        var settings = new RagIndexSettings { Name = name, ChunkTokens = chunkTokens, ChunkOverlap = chunkTokens / 8, VectorStore = store, Language = language };
        Assert.Empty(settings.Check());
        return await Parts.Indexes.FindOrCreateAsync(Workspace, settings, CancellationToken.None) ?? throw new InvalidOperationException("The index could not be made.");
    }

    public async Task<IngestResult.Done> IngestAsync(RagIndex index, string source, string text, string contentType = "text/markdown", string metadata = "{}", string? title = null) =>
        Assert.IsType<IngestResult.Done>(await Parts.Ingest.IngestAsync(index, Content(source, text, contentType, metadata, title), NewContext(), CancellationToken.None));

    public static IngestContent Content(string source, string text, string contentType = "text/markdown", string metadata = "{}", string? title = null) => new()
    {
        Source = source, Title = title, ContentType = contentType, Metadata = JsonElement.Parse(metadata), Content = Encoding.UTF8.GetBytes(text),
    };

    /// <summary>Asks an index as it is now.</summary>
    public async Task<IReadOnlyList<FoundChunk>> FindAsync(RagIndex index, string question, SearchMode mode = SearchMode.Hybrid, int topK = 5, string? filter = null)
    {
        var now = await Parts.Indexes.FindAsync(Workspace, index.Name, CancellationToken.None) ?? throw new InvalidOperationException("The index is gone.");
        var asked = new RagQuestion { Text = question, Mode = mode, TopK = topK, Filter = filter is null ? null : MetadataFilter.Parse(JsonElement.Parse(filter)) };
        return (await Parts.Search.FindAsync(now, asked, NewContext(), CancellationToken.None)).Chunks;
    }

    public NodeContext NewContext(string config = "{}", Guid? execution = null, JsonElement? state = null) => new()
    {
        Execution = new ExecutionInfo
        {
            Id = execution ?? Guid.CreateVersion7(), WorkspaceId = Workspace, OrganizationId = Guid.NewGuid(), WorkflowId = Guid.NewGuid(),
            WorkflowName = "test", Version = 1, Attempt = 1, StartedAt = DateTimeOffset.UnixEpoch,
        },
        NodeId = "n", Iteration = "", Attempt = 1, Config = JsonElement.Parse(config), State = state, Variables = CelVariables.Empty, Time = TimeProvider.System,
    };

    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var command = Database.DataSource.CreateCommand(sql);
        return (T?)await command.ExecuteScalarAsync();
    }

    /// <summary>A reply of a chat model.</summary>
    public static ChatReply Reply(string text) => new()
    {
        Response = new ChatResponse(new ChatMessage(ChatRole.Assistant, text)), Provider = "test", Model = "test-model",
        Usage = new TokenUsage { InputTokens = 100, OutputTokens = 10 }, CostUsd = 0.001m, Latency = TimeSpan.Zero,
    };

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Database.DisposeAsync();
    }

    private async Task<EmbeddingReply> EmbedAsync(EmbeddingCall call, NodeContext context, CancellationToken cancellationToken)
    {
        await BeforeEmbedding(call).WaitAsync(cancellationToken);
        var vectors = await embedder.GenerateAsync(call.Inputs, cancellationToken: cancellationToken);
        Interlocked.Add(ref embedded, call.Inputs.Count);
        return new EmbeddingReply
        {
            Vectors = [.. vectors.Select(v => v.Vector)], Provider = "local", Model = call.Model,
            Usage = new TokenUsage { InputTokens = vectors.Usage!.InputTokenCount ?? 0 }, CostUsd = 0, IsLocal = true,
        };
    }
}
