using System.Threading.Channels;

namespace Sos.Api.Executions;

/// <summary>Which executions changed since somebody last asked. Collects while nobody does, within bounds.</summary>
internal sealed class ChangedExecutions(Action<ChangedExecutions> end) : IDisposable
{
    /// <summary>Beyond this many, it is "any of them".</summary>
    private const int Most = 1_000;

    private readonly Lock gate = new();
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private HashSet<Guid> ids = [];
    private bool any;
    private bool accepted;

    /// <summary>Waits for a change.</summary>
    public async Task<Changes> NextAsync(CancellationToken cancellationToken)
    {
        await signal.Reader.ReadAsync(cancellationToken);
        lock (gate)
        {
            var taken = new Changes(any ? null : ids, any || accepted);
            (ids, any, accepted) = ([], false, false);
            return taken;
        }
    }

    /// <summary>The same, and nothing when there was none in time.</summary>
    public async Task<Changes?> NextAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await NextAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Add(Guid id)
    {
        lock (gate)
        {
            any |= ids.Count >= Most;
            if (!any)
                ids.Add(id);
        }
        signal.Writer.TryWrite(true);
    }

    public void AddAny()
    {
        lock (gate)
            any = true;
        signal.Writer.TryWrite(true);
    }

    /// <summary>There is one more than before, or one that waited is due.</summary>
    public void AddAccepted()
    {
        lock (gate)
            accepted = true;
        signal.Writer.TryWrite(true);
    }

    public void Dispose() => end(this);

    /// <summary>What changed.</summary>
    /// <param name="Ids">The executions; null where more changed than are named.</param>
    /// <param name="Accepted">Whether there may be new ones.</param>
    internal sealed record Changes(IReadOnlySet<Guid>? Ids, bool Accepted);
}
