using Sos.Api.Pages.Executions;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;
using static Sos.Api.Tests.Pages.Executions.Runs;

namespace Sos.Api.Tests.Pages.Executions;

public sealed class ExecutionComparisonTests
{
    [Fact]
    public void Steps_are_paired_and_those_of_one_run_alone_are_kept()
    {
        var comparison = ExecutionComparison.Of(
            [Step("a", StepStatus.Completed, 0, 10), Step("b", StepStatus.Failed, 10, 20), Step("gone", StepStatus.Completed, 0, 5)],
            [Step("a", StepStatus.Completed, 0, 25), Step("b", StepStatus.Completed, 25, 30), Step("new", StepStatus.Completed, 30, 40)],
            new Dictionary<StepKey, string> { [new("a", "")] = "x", [new("gone", "")] = "g" },
            new Dictionary<StepKey, string> { [new("a", "")] = "x", [new("b", "")] = "y", [new("new", "")] = "n" });
        Assert.Equal(
            [("a", false, 15d), ("b", true, -5d), ("gone", true, null), ("new", true, null)],
            comparison.Rows.Select(r => (r.Key.NodeId, r.Differs, r.Slower)));
        Assert.Equal(3, comparison.Different);
    }

    [Fact]
    public void Items_are_compared_with_the_same_item()
    {
        var comparison = ExecutionComparison.Of(
            [Step("call", StepStatus.Completed, 0, 1, "0"), Step("call", StepStatus.Completed, 0, 1, "1")], [Step("call", StepStatus.Completed, 0, 1, "1")],
            new Dictionary<StepKey, string>(), new Dictionary<StepKey, string>());
        Assert.Equal([("0", true), ("1", false)], comparison.Rows.Select(r => (r.Key.Iteration, r.Differs)));
    }
}
