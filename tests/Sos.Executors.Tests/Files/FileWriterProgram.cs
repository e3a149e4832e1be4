using Sos.Executors.Files;
using Sos.Executors.Files.Local;

namespace Sos.Executors.Tests.Files;

/// <summary>This assembly as a program: a process that writes half a file until it is killed.</summary>
internal static class FileWriterProgram
{
    public const string Verb = "file-writer";
    public const string Ready = "half is written";

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [_, var folder, var workspace, var path])
            return 2;
        var store = new LocalFileStore(new FilesOptions { Folder = folder }, TimeProvider.System);
        await store.WriteAsync(Guid.Parse(workspace), FilePath.Parse(path), new EndlessHalf(), WriteCondition.None, CancellationToken.None);
        return 0;
    }

    /// <summary>Gives something, says so, and then nothing more.</summary>
    private sealed class EndlessHalf : MemoryStream
    {
        private int reads;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (reads++ < 3)
            {
                buffer.Span.Fill((byte)'x');
                return buffer.Length;
            }
            Console.WriteLine(Ready);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
