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

    /// <summary>Waits for a change; null where more changed than are named.</summary>
    public async Task<IReadOnlySet<Guid>?> NextAsync(CancellationToken cancellationToken)
    {
        await signal.Reader.ReadAsync(cancellationToken);
        lock (gate)
        {
            var taken = any ? null : ids;
            (ids, any) = ([], false);
            return taken;
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

    public void Dispose() => end(this);
}
