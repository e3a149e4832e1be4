using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;
using Sos.Workflows.Json;

namespace Sos.Executors.Engine;

/// <summary>Saving how far a node has come in the middle of an attempt, and what commits with it.</summary>
internal sealed partial class ExecutionRun
{
    /// <summary>Nodes that wait for a checkpoint to be committed, by its number.</summary>
    private readonly List<(int Checkpoint, TaskCompletionSource Saved)> saving = [];

    /// <summary>Called by a node, on its own thread.</summary>
    private async Task SaveProgressAsync(Step step, CancellationTokenSource attempt, NodeRecords records, JsonElement state, CancellationToken cancellationToken)
    {
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new RunMessage.Progress(step, attempt, records, StorableJson.Clean(state), saved));
        await saved.Task.WaitAsync(cancellationToken);
    }

    private void TakeProgress(RunMessage.Progress progress)
    {
        var step = progress.Step;
        if (step.Stopping != progress.Attempt)
        {
            progress.Saved.TrySetCanceled();
            return;
        }
        step.State = progress.Records.Secrets.Apply(progress.State);
        step.Input = progress.Records.Secrets.Apply(step.Input);
        Add(step, progress.Records.Take());
        buffer.Add(step.ToRow(StepStatus.Running), urgent: true);
        saving.Add((buffer.Next, progress.Saved));
    }

    /// <summary>The checkpoint on its way has been committed.</summary>
    private void Committed()
    {
        RunTelemetry.EndCommitted(buffer.Commit());
        saving.RemoveAll(s =>
        {
            var done = s.Checkpoint <= buffer.Committed;
            if (done)
                s.Saved.TrySetResult();
            return done;
        });
    }

    /// <summary>The execution is someone else's now. What its model calls have cost is logged all the same.</summary>
    private void AbandonProgress()
    {
        foreach (var (_, saved) in saving)
            saved.TrySetCanceled();
        saving.Clear();
        var calls = buffer.Abandon();
        if (calls.Count > 0)
            _ = LogLostCallsAsync(calls);
    }

    private async Task LogLostCallsAsync(IReadOnlyList<ModelCall> calls)
    {
        try
        {
            await writer.WriteModelCallsAsync(Envelope(ExecutionStatus.Running) with { ModelCalls = [.. calls.Select(c => c.Row)] }, CancellationToken.None);
            RunTelemetry.EndCommitted(calls);
        }
#pragma warning disable CA1031 // the run is over; nobody else could handle it
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogUnloggedCalls(services.Logger, e, calls.Count, claim.Id);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} model calls of execution {ExecutionId}, which another executor runs now, could not be logged.")]
    private static partial void LogUnloggedCalls(ILogger logger, Exception exception, int count, Guid executionId);
}
