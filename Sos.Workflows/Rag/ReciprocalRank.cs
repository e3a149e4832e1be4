namespace Sos.Workflows.Rag;

/// <summary>
/// How places in two rankings become one score: by reciprocal rank (Cormack, Clarke and Büttcher, SIGIR 2009). A chunk
/// gets 1/(60 + place) from each ranking it is in. Only places count, so that scores of different kinds need not be compared.
/// </summary>
public static class ReciprocalRank
{
    private const double K = 60;

    /// <summary>What a place adds to the fused score: 0.5 for the first, so that 1 is the first place in both rankings.</summary>
    /// <param name="place">The place, from 1.</param>
    public static double Part(int place) => (K + 1) / (2 * (K + place));
}
