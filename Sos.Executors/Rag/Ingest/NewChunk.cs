using System.Security.Cryptography;
using System.Text;
using Sos.Executors.Rag.Chunking;

namespace Sos.Executors.Rag.Ingest;

/// <summary>A chunk on its way into an index.</summary>
/// <param name="Chunk">Where it is.</param>
/// <param name="Text">Its text.</param>
internal sealed record NewChunk(Chunk Chunk, string Text)
{
    private ChunkHash? hash;

    /// <summary>What is embedded: the text under its headings, so that "It takes two days" is about what it is about.</summary>
    public string EmbeddedText => Chunk.Headings.Count == 0 ? Text : $"{string.Join(" › ", Chunk.Headings)}\n\n{Text}";

    /// <summary>The same for the same embedded text.</summary>
    public ChunkHash Hash => hash ??= new ChunkHash(SHA256.HashData(Encoding.UTF8.GetBytes(EmbeddedText)));

    /// <summary>The vector.</summary>
    public float[] Vector { get; set; } = [];
}

/// <summary>A SHA-256 that can be a key.</summary>
internal readonly struct ChunkHash(byte[] bytes) : IEquatable<ChunkHash>
{
    public byte[] Bytes { get; } = bytes;

    public bool Equals(ChunkHash other) => Bytes.AsSpan().SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is ChunkHash other && Equals(other);

    public override int GetHashCode() => BitConverter.ToInt32(Bytes);
}
