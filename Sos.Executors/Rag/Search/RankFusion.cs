namespace Sos.Executors.Rag.Search;

/// <summary>
/// Fuses rankings by reciprocal rank (Cormack, Clarke and Büttcher, SIGIR 2009): a chunk gets 1/(60 + place) from each
/// ranking it is in. Only places count, so that scores of different kinds need not be compared.
/// </summary>
internal static class RankFusion
{
    private const double K = 60;

    /// <summary>The best of two rankings; scores are parts of what the first place in both would get.</summary>
    public static List<Fused> Fuse(IReadOnlyList<Ranked> byText, IReadOnlyList<Ranked> byVector)
    {
        var fused = new Dictionary<Guid, Fused>(byText.Count + byVector.Count);
        for (var i = 0; i < byText.Count; i++)
            fused[byText[i].ChunkId] = new Fused(byText[i].ChunkId, Part(i), new HalfRank(i + 1, byText[i].Score), null);
        for (var i = 0; i < byVector.Count; i++)
        {
            var place = new HalfRank(i + 1, byVector[i].Score);
            fused[byVector[i].ChunkId] = fused.TryGetValue(byVector[i].ChunkId, out var both)
                ? both with { Score = both.Score + Part(i), ByVector = place }
                : new Fused(byVector[i].ChunkId, Part(i), null, place);
        }
        return [.. fused.Values.OrderByDescending(f => f.Score).ThenBy(f => f.ByText?.Rank ?? int.MaxValue).ThenBy(f => f.ChunkId)];
    }

    private static double Part(int index) => (K + 1) / (2 * (K + index + 1));
}

/// <summary>A chunk in the fused ranking.</summary>
internal sealed record Fused(Guid ChunkId, double Score, HalfRank? ByText, HalfRank? ByVector);
