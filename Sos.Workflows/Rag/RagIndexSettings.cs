using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Rag;

/// <summary>What a new index is made with; what is left out has a default.</summary>
public sealed partial record RagIndexSettings
{
    /// <summary>The text search configurations of PostgreSQL 15.</summary>
    private static readonly FrozenSet<string> Languages = FrozenSet.ToFrozenSet(
        ["arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hindi", "hungarian", "indonesian",
         "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese", "romanian", "russian", "serbian", "simple", "spanish", "swedish", "tamil",
         "turkish", "yiddish"], StringComparer.Ordinal);

    /// <summary>What <see cref="Language"/> may be.</summary>
    public static IEnumerable<string> KnownLanguages => Languages.Order(StringComparer.Ordinal);

    /// <summary>The length of the vectors of models that are asked for often.</summary>
    private static readonly FrozenDictionary<string, int> KnownDimensions = new Dictionary<string, int>
    {
        [LocalEmbedder.Model] = LocalEmbedder.Dimensions,
        [LocalEmbedder.Provider] = LocalEmbedder.Dimensions,
        ["text-embedding-3-small"] = 1536,
        ["text-embedding-3-large"] = 3072,
        ["text-embedding-ada-002"] = 1536,
        ["nomic-embed-text"] = 768,
        ["mxbai-embed-large"] = 1024,
        ["all-minilm"] = 384,
        ["bge-m3"] = 1024,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The name: lower-case letters, digits, '-' and '_'; at most 63.</summary>
    public required string Name { get; init; }

    /// <summary>What the index is for; at most 2,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>The connection that embeds; null where the model's name says which.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that embeds; null for the built-in local one.</summary>
    public string? Model { get; init; }

    /// <summary>The length of its vectors, 1 to 16,000; may be left out for well-known models.</summary>
    public int? Dimensions { get; init; }

    /// <summary>PostgreSQL's text search configuration; null for <c>english</c>.</summary>
    public string? Language { get; init; }

    /// <summary>The most tokens of a chunk, about: 32 to 2,000; null for 300.</summary>
    public int? ChunkTokens { get; init; }

    /// <summary>The tokens that a chunk repeats of the one before, about: 0 to half a chunk; null for an eighth of a chunk.</summary>
    public int? ChunkOverlap { get; init; }

    /// <summary><c>auto</c>, <c>pgvector</c> or <c>exact</c>; null for <c>auto</c>.</summary>
    public string? VectorStore { get; init; }

    /// <summary>Everything that is wrong, each with a pointer to the property.</summary>
    public IReadOnlyList<JsonProblem> Check()
    {
        var problems = new List<JsonProblem>();
        Require(NamePattern().IsMatch(Name), "/name", "The name must be 1 to 63 lower-case letters, digits, '-' and '_', and begin and end with a letter or digit.");
        Require(Description is null || Description.Length <= 2_000 && !Description.Contains('\0', StringComparison.Ordinal), "/description", "The description must be at most 2,000 characters, without U+0000.");
        Require(Provider is null || IsShortText(Provider), "/provider", "The provider must be the name of a connection, at most 200 characters.");
        Require(Model is null || IsShortText(Model), "/model", "The model must be a name of at most 200 characters.");
        var known = KnownDimension();
        Require(Dimensions is not null || known is not null, "/dimensions", $"How long the vectors of the model '{Model}' are is not known here: say so in 'dimensions'.");
        Require(Dimensions is null or (>= 1 and <= 16_000), "/dimensions", "The dimensions must be a number from 1 to 16,000.");
        Require(!IsLocal || Dimensions is null or LocalEmbedder.Dimensions, "/dimensions", $"The local embedder's vectors have {LocalEmbedder.Dimensions} dimensions.");
        Require(Provider != LocalEmbedder.Provider || Model is null or LocalEmbedder.Model or LocalEmbedder.Provider, "/model", $"The local embedder has one model, '{LocalEmbedder.Model}': leave 'model' out, or name the connection that has '{Model}' in 'provider'.");
        Require(Language is null || Languages.Contains(Language), "/language", $"The language must be one of {string.Join(", ", KnownLanguages)}.");
        Require(ChunkTokens is null or (>= 32 and <= 2_000), "/chunkTokens", "A chunk has 32 to 2,000 tokens.");
        Require(ChunkOverlap is null || ChunkOverlap >= 0 && ChunkOverlap <= Tokens / 2, "/chunkOverlap", "The overlap must be from 0 to half of a chunk's tokens.");
        Require(VectorStore is null or VectorStores.Auto or VectorStores.PgVector or VectorStores.Exact, "/vectorStore", "The vector store must be auto, pgvector or exact.");
        return problems;

        void Require(bool isFine, string pointer, string message)
        {
            if (!isFine)
                problems.Add(new JsonProblem(pointer, "invalid_index", message));
        }
    }

    /// <summary>The index that these settings make, without a vector store of its own yet.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="now">The time.</param>
    internal RagIndex ToIndex(Guid workspaceId, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(),
        WorkspaceId = workspaceId,
        Name = Name,
        Description = Description,
        Provider = Provider,
        Model = Model ?? LocalEmbedder.Model,
        Dimensions = Dimensions ?? KnownDimension() ?? throw new InvalidOperationException("The settings were not checked."),
        Language = Language ?? "english",
        ChunkTokens = Tokens,
        ChunkOverlap = ChunkOverlap ?? Tokens / 8,
        VectorStore = VectorStores.Exact,
        Revision = 0,
        CreatedAt = now,
        UpdatedAt = now,
    };

    private int Tokens => ChunkTokens ?? 300;

    private bool IsLocal => Provider == LocalEmbedder.Provider || Provider is null && (Model is null or LocalEmbedder.Model or LocalEmbedder.Provider);

    // A model may be written as connection/model.
    private int? KnownDimension() =>
        IsLocal ? LocalEmbedder.Dimensions
        : Model is { } model && (KnownDimensions.TryGetValue(model, out var known) || KnownDimensions.TryGetValue(model[(model.IndexOf('/', StringComparison.Ordinal) + 1)..], out known)) ? known
        : null;

    private static bool IsShortText(string text) => text.Length is > 0 and <= 200 && !text.Contains('\0', StringComparison.Ordinal);

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
