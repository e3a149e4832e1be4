using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Executions;

namespace Sos.Executors.Engine;

/// <summary>Saving how far a node has come in the middle of an attempt, and what commits with it.</summary>
internal sealed partial class ExecutionRun
{
    /// <summary>Nodes that wait for a checkpoint to be committed, by its number.</summary>
    private readonly List<(int Checkpoint, TaskCompletionSource Saved)> saving = [];

    /// <summary>Called by a node, on its own thread.</summary>
    /// <exception cref="NodeStateException">The state can't be stored.</exception>
    private Task SaveProgressAsync(Step step, CancellationTokenSource attempt, NodeRecords records, JsonElement state, CancellationToken cancellationToken)
    {
        if (NodeStateException.Check(ref state) is { } error)
            return Task.FromException(new NodeStateException(error));
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // State and records of one moment, on their way in the order in which the node saved them.
        Post(new RunMessage.Progress(step, attempt, records.Take(), records.Secrets.Apply(state), records.Secrets, saved));
        return saved.Task.WaitAsync(cancellationToken);
    }

    private void TakeProgress(RunMessage.Progress progress)
    {
        var step = progress.Step;
        Add(step, progress.Records);
        if (step.Stopping != progress.Attempt)
        {
            progress.Saved.TrySetCanceled();
            return;
        }
        step.State = progress.State;
        step.Input = progress.Secrets.Apply(step.Input);
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

    /// <summary>
    /// The execution is someone else's now. What the model calls of its last nodes have cost is logged all the same, as
    /// soon as they have stopped.
    /// </summary>
    private async Task LogAbandonedAsync()
    {
        foreach (var (_, saved) in saving)
            saved.TrySetCanceled();
        saving.Clear();
        var calls = new List<ModelCall>(buffer.Abandon());
        // A node that does not stop is left behind after its grace; its attempt then ends here, too.
        while (running > 0)
        {
            switch (await mailbox.Reader.ReadAsync())
            {
                case RunMessage.AttemptEnded(_, var result):
                    running--;
                    calls.AddRange(result.Records.ModelCalls);
                    break;
                case RunMessage.Progress progress:
                    progress.Saved.TrySetCanceled();
                    calls.AddRange(progress.Records.ModelCalls);
                    break;
            }
        }
        if (calls.Count > 0)
            await LogLostCallsAsync(calls);
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
