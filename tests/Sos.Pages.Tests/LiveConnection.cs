using System.Text;

namespace Sos.Pages.Tests;

/// <summary>Tells from what goes to and fro when a page has become interactive: its address is there, the server got its components, and the browser drew what came back.</summary>
internal sealed class LiveConnection
{
    private static readonly byte[] Components = Encoding.ASCII.GetBytes("UpdateRootComponents"), Drawn = Encoding.ASCII.GetBytes("OnRenderCompleted");

    private readonly Lock _lock = new();
    private TaskCompletionSource _ready = new();
    private bool _arrived, _begun;

    public Task NextPage()
    {
        lock (_lock)
        {
            (_ready, _arrived, _begun) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), false, false);
            return _ready.Task;
        }
    }

    public void Arrive()
    {
        lock (_lock)
            (_arrived, _begun) = (true, false);
    }

    public void Follow(IWebSocket socket) => socket.FrameSent += (_, frame) =>
    {
        var bytes = frame.Binary.AsSpan();
        lock (_lock)
        {
            if (_arrived && bytes.IndexOf(Components) >= 0)
                _begun = true;
            if (_begun && bytes.IndexOf(Drawn) >= 0)
                _ready.TrySetResult();
        }
    };
}
