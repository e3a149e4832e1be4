using System.Runtime.Versioning;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Files;
using Sos.Executors.Files.Local;
using Sos.Executors.Tests.Mcp;
using Sos.Testing.Processes;

namespace Sos.Executors.Tests.Files;

/// <summary>The store in a folder, and what attacks on it come to.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LocalFileStoreTests : FileStoreContract
{
    private const string Secret = "must stay as it is";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sos-files-");
    private readonly FakeTimeProvider time = new(DateTimeOffset.UtcNow);

    private string Root => System.IO.Path.Combine(folder.FullName, "store");

    private string Outside => System.IO.Path.Combine(folder.FullName, "outside");

    private string Files => System.IO.Path.Combine(Root, Workspace.ToString(), "files");

    private string Temporary => System.IO.Path.Combine(Root, Workspace.ToString(), "tmp");

    public override Task InitializeAsync()
    {
        Directory.CreateDirectory(Outside);
        File.WriteAllText(System.IO.Path.Combine(Outside, "secret"), Secret);
        Store = NewStore();
        return Task.CompletedTask;
    }

    public override Task DisposeAsync()
    {
        Assert.Equal(["secret"], Directory.EnumerateFileSystemEntries(Outside).Select(System.IO.Path.GetFileName));
        Assert.Equal(Secret, File.ReadAllText(System.IO.Path.Combine(Outside, "secret")));
        Assert.Equal(["outside", "store"], Directory.EnumerateFileSystemEntries(folder.FullName).Select(e => System.IO.Path.GetFileName(e)).Order());
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Only_the_owner_may_read_files_and_nothing_is_left_aside()
    {
        await WriteAsync("a/b", "x");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(System.IO.Path.Combine(Files, "a", "b")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Files));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Temporary));
    }

    [Fact]
    public async Task A_folder_goes_with_its_last_file()
    {
        await WriteAsync("a/b/c/1", "x");
        await WriteAsync("a/2", "x");
        await Store.DeleteAsync(Workspace, Path("a/b/c/1"), default);
        Assert.Equal(["2"], Directory.EnumerateFileSystemEntries(System.IO.Path.Combine(Files, "a")).Select(System.IO.Path.GetFileName));
        await Store.MoveAsync(Workspace, Path("a/2"), Path("2"), overwrite: false, default);
        Assert.Equal(["2"], Directory.EnumerateFileSystemEntries(Files).Select(System.IO.Path.GetFileName));
    }

    [Fact]
    public async Task A_file_and_a_folder_do_not_replace_one_another()
    {
        await WriteAsync("a/b", "x");
        await WriteAsync("c", "x");
        await RefusedAsync("file_exists", () => WriteAsync("a", "y"));
        await RefusedAsync("file_exists", () => WriteAsync("c/d", "y"));
        await RefusedAsync("file_exists", () => Store.MoveAsync(Workspace, Path("c"), Path("a"), overwrite: true, default));
        await RefusedAsync("file_not_found", () => ReadAsync("a"));
        Assert.Null(await StatAsync("c/d"));
        Assert.Equal(2, (await ListAsync()).Files.Count);
    }

    [Theory]
    [InlineData("link")]
    [InlineData("link/secret")]
    [InlineData("dir/link")]
    [InlineData("dir/link/secret")]
    [InlineData("filelink")]
    [InlineData("dangling")]
    public async Task No_link_is_followed(string path)
    {
        await WriteAsync("dir/file", "x");
        foreach (var at in (string[])["link", "dir/link"])
            Directory.CreateSymbolicLink(System.IO.Path.Combine(Files, at), Outside);
        File.CreateSymbolicLink(System.IO.Path.Combine(Files, "filelink"), System.IO.Path.Combine(Outside, "secret"));
        File.CreateSymbolicLink(System.IO.Path.Combine(Files, "dangling"), System.IO.Path.Combine(Outside, "made"));

        await RefusedAsync("path_not_allowed", () => ReadAsync(path));
        await RefusedAsync("path_not_allowed", () => StatAsync(path));
        await RefusedAsync("path_not_allowed", () => WriteAsync(path, "evil"));
        await RefusedAsync("path_not_allowed", () => AppendAsync(path, "evil"));
        await RefusedAsync("path_not_allowed", () => Store.DeleteAsync(Workspace, Path(path), default));
        await RefusedAsync("path_not_allowed", () => Store.MoveAsync(Workspace, Path(path), Path("x"), overwrite: true, default));
        await RefusedAsync("path_not_allowed", () => Store.MoveAsync(Workspace, Path("dir/file"), Path(path), overwrite: true, default));
        Assert.Equal(["dir/file"], (await ListAsync()).Files.Select(f => f.Path));
        Assert.Equal(1, await Store.DeleteFolderAsync(Workspace, Path("dir"), default));
    }

    [Fact]
    public async Task The_workspaces_own_folder_is_no_link_either()
    {
        Directory.CreateDirectory(Root);
        Directory.CreateSymbolicLink(System.IO.Path.Combine(Root, Workspace.ToString()), Outside);
        await RefusedAsync("path_not_allowed", () => WriteAsync("a", "x"));
    }

    [Fact]
    public async Task A_pipe_is_no_file()
    {
        await WriteAsync("a", "x");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [System.IO.Path.Combine(Files, "pipe")]))
            await mkfifo.WaitForExitAsync();
        await RefusedAsync("path_not_allowed", () => ReadAsync("pipe")).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_folder_that_turns_into_a_link_and_back_leads_nowhere()
    {
        await WriteAsync("dir/file", "inside");
        var (dir, aside) = (System.IO.Path.Combine(Files, "dir"), System.IO.Path.Combine(Files, "aside"));
        using var stop = new CancellationTokenSource();
        var rounds = 0;
        var attack = Task.Run(() =>
        {
            for (; !stop.IsCancellationRequested; rounds++)
            {
                Try(() => Directory.Move(dir, aside));
                Try(() => Directory.CreateSymbolicLink(dir, Outside));
                if (new FileInfo(dir).LinkTarget is not null)
                    Try(() => File.Delete(dir));
                Try(() => Directory.Delete(aside, recursive: true));
            }
        });
        for (var i = 0; i < 400; i++)
        {
            try
            {
                await WriteAsync("dir/evil", "evil");
                await AppendAsync("dir/secret", "evil");
                await Store.MoveAsync(Workspace, Path("dir/evil"), Path("dir/secret"), overwrite: true, default);
                Assert.Equal("evil", await ReadAsync("dir/secret"));
                await Store.DeleteAsync(Workspace, Path("dir/secret"), default);
            }
            catch (FileStoreException e)
            {
                Assert.Contains(e.Code, (string[])["path_not_allowed", "files_unavailable", "file_not_found", "file_exists", "quota_exceeded"]);
            }
        // What must never happen is checked when the test ends: that something outside was touched.
        }
        await stop.CancelAsync();
        await attack;
        Assert.True(rounds > 10, "The attack never got in between.");

        static void Try(Action move)
        {
            try
            {
                move();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The store made or removed the folder in the same moment; the next round does better.
                return;
            }
        }
    }

    // A fact, since the end of a [Property] is told to nobody: what stands outside is looked at there.
    [Fact]
    public void No_text_as_a_path_touches_anything_outside() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(FilePathTests.Nasty.ToArbitrary(), async text =>
    {
        if (!FilePath.TryParse(text, out var path, out _))
            return;
        await Store.WriteAsync(Workspace, path, new MemoryStream([1]), WriteCondition.None, default);
        Assert.True(File.Exists(System.IO.Path.Combine(Files, text)));
        Assert.True(await Store.DeleteAsync(Workspace, path, default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Files));
    }));

    [Fact]
    public async Task A_process_that_is_killed_in_the_middle_of_a_write_leaves_the_old_file()
    {
        await WriteAsync("f", "old");
        await using (var writer = ServiceProcess.Start("Sos.Executors.Tests.dll", new Dictionary<string, string?>(), FileWriterProgram.Verb, Root, Workspace.ToString(), "f"))
        {
            await Processes.UntilAsync(() => writer.Output.Contains(FileWriterProgram.Ready, StringComparison.Ordinal) || writer.HasExited, "half of the file");
            Assert.False(writer.HasExited, writer.Output);
            Assert.NotEmpty(Directory.EnumerateFiles(Temporary));
            Assert.Equal("old", await ReadAsync("f"));
            await writer.KillAsync();
        }
        Assert.Equal("old", await ReadAsync("f"));
        await WriteAsync("f", "new");
        Assert.Equal("new", await ReadAsync("f"));
    }

    [Fact]
    public async Task Readers_see_one_whole_version_while_others_write()
    {
        await WriteAsync("f", new string('0', 50_000));
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(1, 3).Select(n => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await WriteAsync("f", new string((char)('0' + n), 50_000 + n));
        })).ToArray();
        for (var i = 0; i < 100; i++)
        {
            var text = await ReadAsync("f");
            Assert.Equal(50_000 + (text[0] - '0'), text.Length);
            Assert.Equal(-1, text.AsSpan().IndexOfAnyExcept(text[0]));
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task What_a_process_that_died_has_left_aside_goes_a_day_later()
    {
        await WriteAsync("f", "old");
        var left = System.IO.Path.Combine(Temporary, "half");
        await File.WriteAllTextAsync(left, "half of a fi", Encoding.UTF8);
        await new LocalFileStore(NewOptions(), time).StatAsync(Workspace, Path("f"), default);
        Assert.True(File.Exists(left));
        time.Advance(TimeSpan.FromHours(25));
        await new LocalFileStore(NewOptions(), time).StatAsync(Workspace, Path("f"), default);
        Assert.False(File.Exists(left));
        Assert.Equal(["f"], (await ListAsync()).Files.Select(f => f.Path));
    }

    [Fact]
    public async Task What_other_processes_store_counts_a_minute_later()
    {
        await WriteAsync("a", "x");
        var other = NewStore();
        foreach (var name in (string[])["b", "c"])
            await other.WriteAsync(Workspace, Path(name), new MemoryStream(new byte[100_000]), WriteCondition.None, default);
        time.Advance(TimeSpan.FromSeconds(61));
        await RefusedAsync("quota_exceeded", () => WriteAsync("d", new string('x', 60_000)));
    }

    private LocalFileStore NewStore() => new(NewOptions(), time);

    private FilesOptions NewOptions() => new()
    {
        Folder = Root, MaxFileBytes = Limits.MaxFileBytes, MaxBytesPerWorkspace = Limits.MaxBytesPerWorkspace, MaxFilesPerWorkspace = Limits.MaxFilesPerWorkspace,
    };
}
