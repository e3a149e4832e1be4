using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Rag;

namespace Sos.Executors.Nodes.Documents;

/// <summary>The config of a <c>documents</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record DocumentsConfig
{
    /// <summary>What to do.</summary>
    public DocumentsAction Action { get; init; }

    /// <summary>The index's name.</summary>
    public string Index { get; set; } = "";

    /// <summary>How the index is made where there is none; null to fail then.</summary>
    public NewIndex? Create { get; init; }

    /// <summary>The document's id.</summary>
    public Guid? DocumentId { get; init; }

    /// <summary>The user's own id of the document.</summary>
    public string? Source { get; init; }

    /// <summary>What the document is called.</summary>
    public string? Title { get; init; }

    /// <summary>The media type of the text.</summary>
    public string ContentType { get; set; } = "text/plain";

    /// <summary>The content.</summary>
    public string? Text { get; init; }

    /// <summary>What filters can ask for.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>Only documents of this status.</summary>
    public string? Status { get; init; }

    /// <summary>Only documents older than this one.</summary>
    public Guid? Before { get; init; }

    /// <summary>How many documents at most, 1 to 200.</summary>
    public int Limit { get; set; } = 50;
}

/// <summary>What a <c>documents</c> node does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DocumentsAction>))]
internal enum DocumentsAction
{
    [JsonStringEnumMemberName("ingest")] Ingest,
    [JsonStringEnumMemberName("get")] Get,
    [JsonStringEnumMemberName("list")] List,
    [JsonStringEnumMemberName("delete")] Delete,
}

/// <summary>How an index is made; see <see cref="RagIndexSettings"/>.</summary>
internal sealed record NewIndex
{
    public string? Description { get; init; }
    public string? Provider { get; init; }
    public string? Model { get; init; }
    public int? Dimensions { get; init; }
    public string? Language { get; init; }
    public int? ChunkTokens { get; init; }
    public int? ChunkOverlap { get; init; }
    public string? VectorStore { get; init; }

    public RagIndexSettings Named(string name) => new()
    {
        Name = name,
        Description = Description,
        Provider = Provider,
        Model = Model,
        Dimensions = Dimensions,
        Language = Language,
        ChunkTokens = ChunkTokens,
        ChunkOverlap = ChunkOverlap,
        VectorStore = VectorStore,
    };
}

/// <summary>The output of <c>ingest</c>.</summary>
internal sealed record IngestOutput(RagDocument Document, string Change, int Embedded, long TokensUsed, decimal? CostUsd);

/// <summary>The output of <c>get</c>.</summary>
internal sealed record GetOutput(bool Found, RagDocument? Document);

/// <summary>The output of <c>list</c>; <paramref name="Next"/> is the <c>before</c> of the next page, null on the last.</summary>
internal sealed record ListOutput(IReadOnlyList<RagDocument> Documents, Guid? Next);

/// <summary>The output of <c>delete</c>.</summary>
internal sealed record DeleteOutput(bool Deleted);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(DocumentsConfig))]
[JsonSerializable(typeof(IngestOutput))]
[JsonSerializable(typeof(GetOutput))]
[JsonSerializable(typeof(ListOutput))]
[JsonSerializable(typeof(DeleteOutput))]
internal sealed partial class DocumentsJson : JsonSerializerContext;
