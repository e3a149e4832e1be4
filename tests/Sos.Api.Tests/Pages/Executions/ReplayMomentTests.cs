using Sos.Api.Pages.Executions;
using Sos.Workflows.Executions;
using static Sos.Api.Tests.Pages.Executions.Runs;

namespace Sos.Api.Tests.Pages.Executions;

public sealed class ReplayMomentTests
{
    [Fact]
    public void Before_it_was_claimed_an_execution_is_pending_and_has_no_steps()
    {
        var moment = ReplayMoment.At(Execution(ExecutionStatus.Completed, started: 10, finished: 100), Outline([Step("a", StepStatus.Completed, 20, 40)]), At(5));
        Assert.Equal(ExecutionStatus.Pending, moment.Execution.Status);
        Assert.Null(moment.Execution.FinishedAt);
        Assert.Empty(moment.Outline.Steps);
    }

    [Fact]
    public void Steps_stand_as_they_stood()
    {
        var outline = Outline(
            [Step("done", StepStatus.Completed, 10, 40), Step("fails", StepStatus.Failed, 20, 80), Step("waits", StepStatus.Completed, 25, 90), Step("skipped", StepStatus.Skipped, null, 30), Step("later", StepStatus.Completed, 60, 70)],
            [Mark(1, "node_waiting", 30, "waits")]);
        var moment = ReplayMoment.At(Execution(ExecutionStatus.Failed, finished: 100), outline, At(50));
        Assert.Equal(
            [("done", StepStatus.Completed), ("fails", StepStatus.Running), ("waits", StepStatus.Waiting), ("skipped", StepStatus.Skipped)],
            moment.Outline.Steps.Select(s => (s.NodeId, s.Status)));
        Assert.Equal(ExecutionStatus.Running, moment.Execution.Status);
        Assert.All(moment.Outline.Steps.Where(s => !s.Status.IsFinal()), s => Assert.Null(s.FinishedAt));
    }

    [Fact]
    public void Waits_pauses_and_the_end_are_the_executions_status()
    {
        var execution = Execution(ExecutionStatus.Completed, started: 10, finished: 100);
        var outline = Outline([], [Mark(1, "workflow_started", 10), Mark(2, "workflow_waiting", 20), Mark(3, "workflow_resumed", 40), Mark(4, "workflow_paused", 60), Mark(5, "workflow_resumed", 80)]);
        Assert.Equal(
            [ExecutionStatus.Running, ExecutionStatus.Waiting, ExecutionStatus.Running, ExecutionStatus.Paused, ExecutionStatus.Completed],
            new double[] { 15, 30, 50, 70, 100 }.Select(t => ReplayMoment.At(execution, outline, At(t)).Execution.Status));
    }

    [Fact]
    public void Attempts_that_had_not_failed_yet_are_not_there()
    {
        var log = $$"""[{"attempt": 1, "startedAt": "{{At(10):O}}", "latencyMs": 20}, {"attempt": 2, "startedAt": "{{At(50):O}}", "latencyMs": 20}]""";
        var outline = Outline([Step("call", StepStatus.Failed, 10, 70, attempts: 2, log: log)]);
        var step = Assert.Single(ReplayMoment.At(Execution(ExecutionStatus.Failed, finished: 80), outline, At(60)).Outline.Steps);
        Assert.Equal((2, 1), (step.Attempts, step.AttemptLog!.Value.GetArrayLength()));
    }

    [Fact]
    public void Changes_are_all_moments_once_and_in_order()
    {
        var changes = ReplayMoment.Changes(
            Execution(ExecutionStatus.Completed, finished: 100), Outline([Step("a", StepStatus.Completed, 20, 40), Step("b", StepStatus.Completed, 40, 60), Step("copied", StepStatus.Completed, -50, -40)], [Mark(1, "workflow_started", 10)]));
        Assert.Equal(new double[] { 0, 10, 20, 40, 60, 100 }.Select(At), changes);
    }
}
