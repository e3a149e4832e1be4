using System.Numerics.Tensors;

namespace Sos.Executors.Rag.Search;

/// <summary>
/// The vectors of an index at one revision: rows of one contiguous buffer. It never changes. A later revision's matrix
/// shares the buffer where it only adds rows behind these.
/// </summary>
internal sealed class VectorMatrix
{
    private readonly float[] vectors;
    private readonly Guid[] chunks;
    private readonly int[] documents; // by row: a place in documentIds, or -1 for a row that is no more
    private readonly Guid[] documentIds;

    internal VectorMatrix(long revision, int dimensions, int rows, float[] vectors, Guid[] chunks, int[] documents, Guid[] documentIds, IReadOnlyDictionary<Guid, long> documentRevisions)
    {
        (Revision, Dimensions, Rows, this.vectors, this.chunks, this.documents, this.documentIds, DocumentRevisions) =
            (revision, dimensions, rows, vectors, chunks, documents, documentIds, documentRevisions);
    }

    /// <summary>The index's revision.</summary>
    public long Revision { get; }

    /// <summary>The length of a row.</summary>
    public int Dimensions { get; }

    /// <summary>How many rows there are, dead ones included.</summary>
    public int Rows { get; }

    /// <summary>The revisions of the documents in it.</summary>
    public IReadOnlyDictionary<Guid, long> DocumentRevisions { get; }

    /// <summary>The memory it takes, in bytes.</summary>
    public long Bytes => (long)vectors.Length * sizeof(float) + (long)chunks.Length * 16 + (long)documents.Length * sizeof(int) + (long)documentIds.Length * 64;

    internal (float[] Vectors, Guid[] Chunks, int[] Documents, Guid[] DocumentIds) Buffers => (vectors, chunks, documents, documentIds);

    /// <summary>The rows that are most like a vector, best first.</summary>
    /// <param name="question">A vector of length 1.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="allowed">The documents that may answer; null for all.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public List<Ranked> Nearest(ReadOnlySpan<float> question, int count, IReadOnlySet<Guid>? allowed, CancellationToken cancellationToken)
    {
        var open = new bool[documentIds.Length];
        for (var i = 0; i < open.Length; i++)
            open[i] = allowed is null || allowed.Contains(documentIds[i]);
        // The least of the best so far is on top.
        var best = new PriorityQueue<int, (float Score, Guid Chunk)>(count + 1);
        var least = float.NegativeInfinity;
        for (var row = 0; row < Rows; row++)
        {
            if ((row & 0xFFFF) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (documents[row] < 0 || !open[documents[row]])
                continue;
            var score = TensorPrimitives.Dot(question, vectors.AsSpan(row * Dimensions, Dimensions));
            if (best.Count == count)
            {
                if (score <= least)
                    continue;
                best.DequeueEnqueue(row, (score, chunks[row]));
            }
            else
            {
                best.Enqueue(row, (score, chunks[row]));
            }
            if (best.Count == count && best.TryPeek(out _, out var worst))
                least = worst.Score;
        }
        var ranked = new Ranked[best.Count];
        for (var i = ranked.Length - 1; best.TryDequeue(out _, out var found); i--)
            ranked[i] = new Ranked(found.Chunk, found.Score);
        return [.. ranked];
    }
}
