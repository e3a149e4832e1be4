using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Executions;

namespace Sos.Executors.Rag;

/// <summary>JSON that indexes keep.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExecutionError))]
[JsonSerializable(typeof(IngestEvent))]
[JsonSerializable(typeof(QueryEvent))]
[JsonSerializable(typeof(IngestProgress))]
internal sealed partial class RagJson : JsonSerializerContext;

/// <summary>The context of a <c>document_ingested</c> event.</summary>
internal sealed record IngestEvent(string Index, Guid DocumentId, string Source, string Change, int Chunks, int Embedded, long TokensUsed, decimal? CostUsd);

/// <summary>The context of a <c>rag_queried</c> event.</summary>
internal sealed record QueryEvent(string Index, string Mode, string Search, int TopK, int SourcesFound);

/// <summary>How far an ingestion has come.</summary>
internal sealed record IngestProgress(int Embedded, int Of);
