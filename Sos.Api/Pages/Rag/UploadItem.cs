namespace Sos.Api.Pages.Rag;

/// <summary>A file on its way from the browser.</summary>
internal sealed class UploadItem(string name, long size) : IDisposable
{
    private readonly CancellationTokenSource stop = new();

    public string Name => name;

    /// <summary>In bytes.</summary>
    public long Size => size;

    /// <summary>The bytes that have arrived.</summary>
    public int Arrived { get; set; }

    public UploadState State { get; set; }

    /// <summary>Why it was refused.</summary>
    public string? Problem { get; set; }

    public Guid ExecutionId { get; set; }

    public string TraceId { get; set; } = "";

    /// <summary>Cancelled by who uploads it.</summary>
    public CancellationToken Stopped => stop.Token;

    public void Stop()
    {
        State = UploadState.Stopped;
        stop.Cancel();
    }

    public void Dispose() => stop.Dispose();
}

/// <summary>Where a file on its way is.</summary>
internal enum UploadState
{
    /// <summary>Others go first.</summary>
    Waiting,

    /// <summary>On its way.</summary>
    Sending,

    /// <summary>Kept, and being ingested.</summary>
    Kept,

    /// <summary>Refused.</summary>
    Refused,

    /// <summary>Stopped by who uploads it.</summary>
    Stopped,
}
