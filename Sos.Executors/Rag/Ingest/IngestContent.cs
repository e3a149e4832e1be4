using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Ingest;

/// <summary>What is to become a document.</summary>
internal sealed record IngestContent
{
    private const byte HashVersion = 1;

    /// <summary>The user's own id of the document.</summary>
    public required string Source { get; init; }

    /// <summary>What it is called; null for the content's own title.</summary>
    public string? Title { get; init; }

    /// <summary>Its media type.</summary>
    public required string ContentType { get; init; }

    /// <summary>What filters can ask for.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>The content.</summary>
    public required byte[] Content { get; init; }

    /// <summary>When it was uploaded; null where it comes from a node.</summary>
    public DateTimeOffset? UploadedAt { get; init; }

    /// <summary>The same for what would give the same chunks.</summary>
    public byte[] Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([HashVersion]);
        Append(ContentType);
        Append(Title ?? "");
        hash.AppendData(Content);
        return hash.GetHashAndReset();

        void Append(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
    }
}

/// <summary>What came of an ingestion.</summary>
internal abstract record IngestResult
{
    private IngestResult() { }

    /// <summary>Somebody else is at the document.</summary>
    public sealed record Busy : IngestResult;

    /// <summary>The document can be found.</summary>
    public sealed record Done(RagDocument Document) : IngestResult
    {
        /// <summary><c>created</c>, <c>replaced</c> or <c>unchanged</c>.</summary>
        public required string Change { get; init; }

        /// <summary>How many chunks were embedded; the others kept their embeddings.</summary>
        public int Embedded { get; init; }

        /// <summary>The tokens that embedding took.</summary>
        public long TokensUsed { get; init; }

        /// <summary>What embedding cost in US dollars; null where a price is unknown.</summary>
        public decimal? CostUsd { get; init; } = 0;
    }
}
