using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Search;

/// <summary>Builds an index's matrix, from nothing or from that of an earlier revision.</summary>
internal sealed class MatrixBuilder
{
    // When more of the rows than this are dead, they are left out in a new buffer.
    private const double MaxDead = 0.25;

    private readonly RagIndex index;
    private readonly Dictionary<Guid, long> revisions;
    private readonly Dictionary<Guid, int> places = [];
    private readonly List<Guid> documentIds;

    private float[] vectors;
    private Guid[] chunks;
    private int[] documents;
    private int rows;

    /// <summary>Begins with what is left of an earlier matrix.</summary>
    /// <param name="index">The index.</param>
    /// <param name="earlier">The earlier matrix; null for none.</param>
    /// <param name="revisions">The documents that there are now, and their revisions.</param>
    /// <param name="capacity">How many rows there will be.</param>
    public MatrixBuilder(RagIndex index, VectorMatrix? earlier, Dictionary<Guid, long> revisions, int capacity)
    {
        (this.index, this.revisions) = (index, revisions);
        documentIds = new List<Guid>(revisions.Count);
        (vectors, chunks, documents) = ([], [], []);
        if (earlier is not null)
            TakeOver(earlier, capacity);
        else
            Reserve(capacity);
    }

    /// <summary>Where a new row's vector goes.</summary>
    public Span<float> Add(Guid chunk, Guid document)
    {
        if (rows == chunks.Length)
            Reserve(Math.Max(16, rows + rows / 4));
        if (!places.TryGetValue(document, out var place))
        {
            places[document] = place = documentIds.Count;
            documentIds.Add(document);
        }
        chunks[rows] = chunk;
        documents[rows] = place;
        return vectors.AsSpan(rows++ * index.Dimensions, index.Dimensions);
    }

    /// <summary>The matrix.</summary>
    public VectorMatrix Build(long revision) => new(revision, index.Dimensions, rows, vectors, chunks, documents, [.. documentIds], revisions);

    private void TakeOver(VectorMatrix earlier, int capacity)
    {
        var (oldVectors, oldChunks, oldDocuments, oldIds) = earlier.Buffers;
        var newPlace = new int[oldIds.Length];
        for (var i = 0; i < oldIds.Length; i++)
        {
            newPlace[i] = -1;
            if (!revisions.TryGetValue(oldIds[i], out var now) || earlier.DocumentRevisions.GetValueOrDefault(oldIds[i], -1) != now)
                continue;
            places[oldIds[i]] = newPlace[i] = documentIds.Count;
            documentIds.Add(oldIds[i]);
        }
        var dead = 0;
        for (var row = 0; row < earlier.Rows; row++)
        {
            if (oldDocuments[row] < 0 || newPlace[oldDocuments[row]] < 0)
                dead++;
        }
        if (dead > earlier.Rows * MaxDead)
        {
            Reserve(Math.Max(capacity, earlier.Rows - dead));
            for (var row = 0; row < earlier.Rows; row++)
            {
                if (oldDocuments[row] >= 0 && newPlace[oldDocuments[row]] >= 0)
                    oldVectors.AsSpan(row * index.Dimensions, index.Dimensions).CopyTo(Add(oldChunks[row], oldIds[oldDocuments[row]]));
            }
            return;
        }
        // Rows are only added behind those that the earlier matrix knows, so both can read the same buffers; which
        // rows are dead differs, and is copied.
        (vectors, chunks, rows) = (oldVectors, oldChunks, earlier.Rows);
        documents = new int[oldDocuments.Length];
        for (var row = 0; row < rows; row++)
            documents[row] = oldDocuments[row] < 0 ? -1 : newPlace[oldDocuments[row]];
        var needed = rows + capacity - (earlier.Rows - dead);
        if (chunks.Length < needed)
            Reserve(needed + needed / 8);
    }

    private void Reserve(int capacity)
    {
        Array.Resize(ref chunks, capacity);
        Array.Resize(ref documents, capacity);
        var grown = GC.AllocateUninitializedArray<float>(checked(capacity * index.Dimensions));
        vectors.AsSpan(0, rows * index.Dimensions).CopyTo(grown);
        vectors = grown;
    }
}
