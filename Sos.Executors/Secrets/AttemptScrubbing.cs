using Sos.Executors.Nodes;

namespace Sos.Executors.Secrets;

/// <summary>Takes the secrets that an attempt used out of what it came to.</summary>
internal static class AttemptScrubbing
{
    /// <summary>The outcome as it may be stored, shown and given to other nodes.</summary>
    public static NodeOutcome? Apply(this SecretScrubber secrets, NodeOutcome? outcome) => secrets.IsEmpty ? outcome : outcome switch
    {
        null => null,
        NodeOutcome.Completed completed => new NodeOutcome.Completed(secrets.Apply(completed.Output), completed.Branch is { } branch ? secrets.Apply(branch) : null),
        NodeOutcome.Failed failed => new NodeOutcome.Failed(secrets.Apply(failed.Error)),
        NodeOutcome.Waiting waiting => waiting with { State = secrets.Apply(waiting.State) },
        NodeOutcome.CallsWorkflows calls => calls with { Calls = [.. calls.Calls.Select(c => c with { Input = secrets.Apply(c.Input) })], State = secrets.Apply(calls.State) },
        NodeOutcome.Iterates iterates => iterates with { Items = [.. iterates.Items.Select(secrets.Apply)] },
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome.GetType().Name, "An outcome that may hold secrets."),
    };

    /// <summary>What the attempt wants written, as it may be.</summary>
    public static NodeRecordBatch Apply(this SecretScrubber secrets, NodeRecordBatch batch)
    {
        if (secrets.IsEmpty)
            return batch;
        var clean = new NodeRecordBatch();
        clean.Events.AddRange(batch.Events.Select(e => e with { Context = secrets.Apply(e.Context) }));
        clean.ModelCalls.AddRange(batch.ModelCalls.Select(c => c with { Row = c.Row with { Prompt = Text(c.Row.Prompt), Response = Text(c.Row.Response) } }));
        clean.AgentTraces.AddRange(batch.AgentTraces.Select(t => t with
        {
            InputContext = secrets.Apply(t.InputContext),
            ExecutionNodes = secrets.Apply(t.ExecutionNodes),
            OutputSummary = Text(t.OutputSummary),
            Error = secrets.Apply(t.Error),
        }));
        clean.Conversations.AddRange(batch.Conversations.Select(c => c with { Message = secrets.Apply(c.Message) }));
        return clean;

        string? Text(string? text) => text is null ? null : secrets.Apply(text);
    }

    /// <summary>What a node threw, as it may be logged.</summary>
    public static Exception Apply(this SecretScrubber secrets, Exception exception) => secrets.IsEmpty ? exception : new ScrubbedException(exception, secrets);

    private static NodeError Apply(this SecretScrubber secrets, NodeError error) => error with
    {
        Message = secrets.Apply(error.Message),
        Details = secrets.Apply(error.Details),
        Exception = error.Exception is { } exception ? secrets.Apply(exception) : null,
    };
}
