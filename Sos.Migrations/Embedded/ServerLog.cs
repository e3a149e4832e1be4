namespace Sos.Migrations.Embedded;

/// <summary>The server's messages in a file that never grows past its limit: one full file is kept beside the current one.</summary>
internal sealed class ServerLog(string file) : IDisposable
{
    private const long LargestFile = 5 * 1024 * 1024;
    private const int RememberedLines = 30;

    private readonly Lock _gate = new();
    private readonly Queue<string> _recent = new();
    private StreamWriter? _writer;

    public string File { get; } = file;

    /// <summary>The newest lines, for an error message.</summary>
    public string Recent
    {
        get
        {
            lock (_gate)
                return string.Join('\n', _recent);
        }
    }

    /// <summary>Writes what a stream delivers until it ends.</summary>
    public async Task DrainAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
            Write(line);
    }

    public void Forget()
    {
        lock (_gate)
            _recent.Clear();
    }

    public void Dispose()
    {
        lock (_gate)
            _writer?.Dispose();
    }

    private void Write(string line)
    {
        lock (_gate)
        {
            _recent.Enqueue(line);
            if (_recent.Count > RememberedLines)
                _recent.Dequeue();
            _writer ??= Open();
            if (_writer.BaseStream.Length > LargestFile)
            {
                _writer.Dispose();
                System.IO.File.Move(File, File + ".1", overwrite: true);
                _writer = Open();
            }
            _writer.WriteLine(line);
        }
    }

    private StreamWriter Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new StreamWriter(File, options) { AutoFlush = true };
    }
}
