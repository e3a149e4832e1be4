using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Search;

/// <summary>Fuses rankings by <see cref="ReciprocalRank"/>.</summary>
internal static class RankFusion
{
    /// <summary>The best of two rankings; scores are parts of what the first place in both would get.</summary>
    public static List<Fused> Fuse(IReadOnlyList<Ranked> byText, IReadOnlyList<Ranked> byVector)
    {
        var fused = new Dictionary<Guid, Fused>(byText.Count + byVector.Count);
        for (var i = 0; i < byText.Count; i++)
            fused[byText[i].ChunkId] = new Fused(byText[i].ChunkId, ReciprocalRank.Part(i + 1), new HalfRank(i + 1, byText[i].Score), null);
        for (var i = 0; i < byVector.Count; i++)
        {
            var place = new HalfRank(i + 1, byVector[i].Score);
            fused[byVector[i].ChunkId] = fused.TryGetValue(byVector[i].ChunkId, out var both)
                ? both with { Score = both.Score + ReciprocalRank.Part(i + 1), ByVector = place }
                : new Fused(byVector[i].ChunkId, ReciprocalRank.Part(i + 1), null, place);
        }
        return [.. fused.Values.OrderByDescending(f => f.Score).ThenBy(f => f.ByText?.Rank ?? int.MaxValue).ThenBy(f => f.ChunkId)];
    }
}

/// <summary>A chunk in the fused ranking.</summary>
internal sealed record Fused(Guid ChunkId, double Score, HalfRank? ByText, HalfRank? ByVector);
