using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>Two executions of a workflow, step by step.</summary>
/// <param name="Rows">A row for each step that either has, in the order of the first one, then of the second.</param>
internal sealed record ExecutionComparison(IReadOnlyList<ExecutionComparison.Row> Rows)
{
    /// <summary>How many steps differ in their status or output, or are in one of the two alone.</summary>
    public int Different => Rows.Count(r => r.Differs);

    /// <summary>Compares two executions.</summary>
    /// <param name="left">The steps of the first.</param>
    /// <param name="right">The steps of the second.</param>
    /// <param name="leftDigests">Digests of the first one's outputs.</param>
    /// <param name="rightDigests">Digests of the second one's outputs.</param>
    public static ExecutionComparison Of(
        IReadOnlyList<StepOutline> left, IReadOnlyList<StepOutline> right,
        IReadOnlyDictionary<StepKey, string> leftDigests, IReadOnlyDictionary<StepKey, string> rightDigests)
    {
        var others = right.ToDictionary(s => s.Key);
        var rows = new List<Row>(left.Count);
        foreach (var step in left)
        {
            others.Remove(step.Key, out var other);
            rows.Add(new Row(step.Key, step.Type, step, other, leftDigests.GetValueOrDefault(step.Key) == rightDigests.GetValueOrDefault(step.Key)));
        }
        rows.AddRange(right.Where(s => others.ContainsKey(s.Key)).Select(s => new Row(s.Key, s.Type, null, s, !rightDigests.ContainsKey(s.Key))));
        return new ExecutionComparison(rows);
    }

    /// <summary>A step in both executions.</summary>
    /// <param name="Key">Which step.</param>
    /// <param name="Type">Its node's type.</param>
    /// <param name="Left">In the first; null where it was not reached.</param>
    /// <param name="Right">In the second; null where it was not reached.</param>
    /// <param name="SameOutput">Whether both came to the same output.</param>
    internal sealed record Row(StepKey Key, string Type, StepOutline? Left, StepOutline? Right, bool SameOutput)
    {
        /// <summary>Whether they came to something else.</summary>
        public bool Differs => Left?.Status != Right?.Status || !SameOutput;

        /// <summary>By how many milliseconds the second took longer; null where one of them has not ended.</summary>
        public double? Slower => Right?.LatencyMs - Left?.LatencyMs;
    }
}
