using Microsoft.Extensions.Time.Testing;

namespace Sos.Executors.Tests.Mcp;

/// <summary>A clock that goes like any other, and that a test can set forward.</summary>
internal sealed class AdvancingTime : FakeTimeProvider, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly Timer timer;

    public AdvancingTime() => timer = new Timer(_ => Advance(Tick), null, Tick, Tick);

    public void Dispose() => timer.Dispose();
}
