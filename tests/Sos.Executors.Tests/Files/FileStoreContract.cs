using System.Text;
using Sos.Executors.Files;

namespace Sos.Executors.Tests.Files;

/// <summary>What holds for every store.</summary>
public abstract class FileStoreContract : IAsyncLifetime
{
    private protected static readonly Guid Workspace = Guid.CreateVersion7();

    private protected FileStore Store { get; set; } = null!;

    private protected static FilesOptions Limits { get; } = new() { MaxFileBytes = 100_000, MaxBytesPerWorkspace = 250_000, MaxFilesPerWorkspace = 30 };

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    [Fact]
    public async Task What_was_written_is_read_back()
    {
        var written = await WriteAsync("a/b/Größe.json", "{}");
        Assert.Equal(("a/b/Größe.json", 2L, "application/json"), (written.Path, written.Size, written.ContentType));
        Assert.Equal("{}", await ReadAsync("a/b/Größe.json"));
        var entry = await StatAsync("a/b/Größe.json");
        Assert.Equal((2L, written.ETag), (entry!.Size, entry.ETag));
        Assert.NotNull(entry.ETag);
    }

    [Fact]
    public async Task A_large_file_streams_through()
    {
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        await Store.WriteAsync(Workspace, Path("large"), new MemoryStream(bytes), WriteCondition.None, default);
        await using var file = await Store.OpenAsync(Workspace, Path("large"), default);
        using var copy = new MemoryStream();
        await file.Content.CopyToAsync(copy);
        Assert.Equal(bytes, copy.ToArray());
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        Assert.Null(await StatAsync("nothing"));
        await RefusedAsync("file_not_found", () => ReadAsync("no/thing"));
        await RefusedAsync("file_not_found", () => Store.MoveAsync(Workspace, Path("nothing"), Path("x"), overwrite: true, default));
        Assert.False(await Store.DeleteAsync(Workspace, Path("nothing"), default));
        Assert.Empty((await ListAsync()).Files);
    }

    [Fact]
    public async Task Workspaces_do_not_see_one_another()
    {
        await WriteAsync("shared-name", "mine");
        var other = Guid.CreateVersion7();
        Assert.Null(await Store.StatAsync(other, Path("shared-name"), default));
        Assert.Empty((await Store.ListAsync(other, new FileQuery(), default)).Files);
        Assert.Equal(0, await Store.DeleteFolderAsync(other, Path("shared-name"), default));
    }

    [Fact]
    public async Task A_file_is_written_only_if_it_is_absent_or_unchanged()
    {
        var first = await WriteAsync("f", "1", new WriteCondition(IfAbsent: true, null));
        await RefusedAsync("file_exists", () => WriteAsync("f", "2", new WriteCondition(IfAbsent: true, null)));
        await WriteAsync("f", "2", new WriteCondition(IfAbsent: false, first.ETag));
        await RefusedAsync("file_changed", () => WriteAsync("f", "3", new WriteCondition(IfAbsent: false, first.ETag)));
        await RefusedAsync("file_changed", () => WriteAsync("g", "3", new WriteCondition(IfAbsent: false, first.ETag)));
        await RefusedAsync("file_changed", () => WriteAsync("f", "3", new WriteCondition(IfAbsent: false, "x\r\nEvil: 1")));
        Assert.Equal("2", await ReadAsync("f"));
        Assert.Null(await StatAsync("g"));
    }

    [Fact]
    public async Task Appending_adds_to_the_end_and_makes_the_file()
    {
        Assert.Equal(1, (await AppendAsync("log/a.txt", "a")).Size);
        Assert.Equal(3, (await AppendAsync("log/a.txt", "bc")).Size);
        Assert.Equal("abc", await ReadAsync("log/a.txt"));
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_append_at_once()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 4), async (i, token) => await Store.AppendAsync(Workspace, Path("log"), Encoding.UTF8.GetBytes($"[{i}]"), token));
        var text = await ReadAsync("log");
        Assert.Equal(12, text.Length);
        Assert.All(Enumerable.Range(0, 4), i => Assert.Contains($"[{i}]", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_of_many_makes_a_file_that_must_be_absent()
    {
        var made = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (i, _) =>
        {
            try
            {
                await WriteAsync("once", $"{i}", new WriteCondition(IfAbsent: true, null));
                Interlocked.Increment(ref made);
            }
            catch (FileStoreException e)
            {
                Assert.Equal("file_exists", e.Code);
            }
        });
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task A_move_keeps_the_content_and_asks_before_it_replaces()
    {
        await WriteAsync("in/a.txt", "a");
        await WriteAsync("b.txt", "b");
        await RefusedAsync("file_exists", () => Store.MoveAsync(Workspace, Path("in/a.txt"), Path("b.txt"), overwrite: false, default));
        Assert.Equal("out/x y+ü.txt", (await Store.MoveAsync(Workspace, Path("in/a.txt"), Path("out/x y+ü.txt"), overwrite: false, default)).Path);
        Assert.Equal("a", await ReadAsync("out/x y+ü.txt"));
        await Store.MoveAsync(Workspace, Path("out/x y+ü.txt"), Path("b.txt"), overwrite: true, default);
        Assert.Equal(["b.txt"], (await ListAsync()).Files.Select(f => f.Path));
        Assert.Equal("a", await ReadAsync("b.txt"));
        await Store.MoveAsync(Workspace, Path("b.txt"), Path("b.txt"), overwrite: false, default);
        Assert.Equal("a", await ReadAsync("b.txt"));
    }

    [Fact]
    public async Task Lists_are_in_order_come_in_pages_and_follow_patterns()
    {
        string[] paths = ["a.csv", "a/1.csv", "a/2.txt", "a/b/3.csv", "a0", "b", "\uFF5Ez", "😀"];
        foreach (var path in paths.Reverse())
            await WriteAsync(path, path);
        Assert.Equal(["a.csv", "a/1.csv", "a/2.txt", "a/b/3.csv", "a0", "b", "\uFF5Ez", "😀"], (await ListAsync()).Files.Select(f => f.Path));
        Assert.Equal(["a/1.csv", "a/2.txt", "a/b/3.csv"], (await ListAsync(new FileQuery { Folder = Path("a") })).Files.Select(f => f.Path));
        Assert.Equal(["a/1.csv"], (await ListAsync(new FileQuery { Folder = Path("a"), Glob = FileGlob.Parse("*.csv") })).Files.Select(f => f.Path));
        Assert.Equal(["a.csv", "a/1.csv", "a/b/3.csv"], (await ListAsync(new FileQuery { Glob = FileGlob.Parse("**/*.csv") })).Files.Select(f => f.Path));
        Assert.Empty((await ListAsync(new FileQuery { Folder = Path("b") })).Files);

        for (var limit = 1; limit <= paths.Length; limit++)
        {
            var seen = new List<string>();
            string? after = null;
            do
            {
                var page = await ListAsync(new FileQuery { After = after, Limit = limit });
                Assert.True(page.Files.Count <= limit);
                seen.AddRange(page.Files.Select(f => f.Path));
                after = page.Next;
            }
            while (after is not null);
            Assert.Equal(paths, seen);
        }
    }

    [Fact]
    public async Task A_folder_is_deleted_with_all_that_is_in_it_and_nothing_else()
    {
        foreach (var path in (string[])["f/1", "f/g/2", "f/g/h/3", "f2", "ff/4"])
            await WriteAsync(path, "x");
        Assert.Equal(3, await Store.DeleteFolderAsync(Workspace, Path("f"), default));
        Assert.Equal(["f2", "ff/4"], (await ListAsync()).Files.Select(f => f.Path));
        await WriteAsync("f", "a file now");
    }

    [Fact]
    public async Task A_file_that_is_too_large_leaves_the_old_one()
    {
        await WriteAsync("f", "old");
        await RefusedAsync("file_too_large", () => WriteAsync("f", new string('x', 100_001)));
        Assert.Equal("old", await ReadAsync("f"));
        await WriteAsync("f", new string('x', 99_999));
        await AppendAsync("f", "y");
        await RefusedAsync("file_too_large", () => AppendAsync("f", "z"));
    }

    [Fact]
    public async Task Quotas_count_what_is_there()
    {
        await WriteAsync("a", new string('x', 100_000));
        await WriteAsync("b", new string('x', 100_000));
        await RefusedAsync("quota_exceeded", () => WriteAsync("c/c", new string('x', 50_001)));
        Assert.Null(await StatAsync("c/c"));
        await WriteAsync("c/c", new string('x', 50_000));
        await RefusedAsync("quota_exceeded", () => AppendAsync("c/c", "y"));
        await WriteAsync("a", "small");
        await WriteAsync("d", new string('x', 99_995));
        await RefusedAsync("quota_exceeded", () => WriteAsync("e", "y"));
        await Store.DeleteAsync(Workspace, Path("b"), default);
        await WriteAsync("e", "y");
    }

    [Fact]
    public async Task The_number_of_files_is_bounded()
    {
        for (var i = 0; i < 30; i++)
            await WriteAsync($"f{i}", "");
        await RefusedAsync("quota_exceeded", () => WriteAsync("more", ""));
        await RefusedAsync("quota_exceeded", () => AppendAsync("more", ""));
        await WriteAsync("f1", "replaced");
        await Store.MoveAsync(Workspace, Path("f1"), Path("f2"), overwrite: true, default);
        await WriteAsync("more", "");
    }

    [Fact]
    public async Task A_source_that_breaks_leaves_the_old_file_and_its_quota()
    {
        await WriteAsync("f", "old");
        for (var i = 0; i < 4; i++)
            await Assert.ThrowsAsync<InvalidOperationException>(() => Store.WriteAsync(Workspace, Path("f"), new BrokenStream(90_000), WriteCondition.None, default));
        Assert.Equal("old", await ReadAsync("f"));
        await WriteAsync("g", new string('x', 100_000));
        await WriteAsync("h", new string('x', 100_000));
    }

    private protected static FilePath Path(string text) => FilePath.Parse(text);

    private protected Task<FileEntry> WriteAsync(string path, string text, WriteCondition condition = default) =>
        Store.WriteAsync(Workspace, Path(path), new MemoryStream(Encoding.UTF8.GetBytes(text)), condition, default);

    private protected Task<FileEntry> AppendAsync(string path, string text) => Store.AppendAsync(Workspace, Path(path), Encoding.UTF8.GetBytes(text), default);

    private protected Task<FileEntry?> StatAsync(string path) => Store.StatAsync(Workspace, Path(path), default);

    private protected Task<FilePage> ListAsync(FileQuery? query = null) => Store.ListAsync(Workspace, query ?? new FileQuery(), default);

    private protected async Task<string> ReadAsync(string path)
    {
        await using var file = await Store.OpenAsync(Workspace, Path(path), default);
        using var reader = new StreamReader(file.Content);
        return await reader.ReadToEndAsync();
    }

    private protected static async Task<FileStoreException> RefusedAsync(string code, Func<Task> work)
    {
        var e = await Assert.ThrowsAsync<FileStoreException>(work);
        Assert.Equal(code, e.Code);
        return e;
    }

    /// <summary>Gives so many bytes and then fails.</summary>
    private sealed class BrokenStream(int bytes) : MemoryStream(new byte[bytes])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new InvalidOperationException("The source broke.");
    }
}
