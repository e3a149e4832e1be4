using Sos.Executors.Files;
using Sos.Executors.Files.S3;
using Sos.Testing.S3;

namespace Sos.Executors.Tests.Files;

/// <summary>The store of S3, against a server that checks every signature by itself.</summary>
public sealed class S3FileStoreTests : FileStoreContract
{
    private S3Server server = null!;

    public override async Task InitializeAsync()
    {
        server = await S3Server.StartAsync();
        Store = NewStore(S3());
    }

    public override async Task DisposeAsync()
    {
        ((S3FileStore)Store).Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Objects_lie_below_the_prefix_and_the_workspace()
    {
        await WriteAsync("a/b.txt", "x");
        Assert.Equal([$"sos/{Workspace}/a/b.txt"], server.Objects.Keys);
        Assert.All(server.Requests, r => Assert.StartsWith($"/{S3Server.Bucket}", r.Split(' ')[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_key_is_told_without_the_key()
    {
        using var store = NewStore(S3(secret: "canary-wrong-secret"));
        var e = await RefusedAsync("files_unavailable", () => store.ListAsync(Workspace, new FileQuery(), default));
        Assert.Contains("SignatureDoesNotMatch", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", e.ToString(), StringComparison.Ordinal);
        Assert.False(e.Retryable);
    }

    [Theory]
    [InlineData(503, "SlowDown", true)]
    [InlineData(500, "InternalError", true)]
    [InlineData(403, "AccessDenied", false)]
    [InlineData(301, "PermanentRedirect", false)]
    public async Task A_refusal_says_whether_to_try_again(int status, string code, bool retryable)
    {
        server.Refusals.Enqueue((status, code));
        var e = await RefusedAsync("files_unavailable", () => ListAsync());
        Assert.Equal(retryable, e.Retryable);
        Assert.Contains(code, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_that_is_not_there_may_be_there_later()
    {
        await server.DisposeAsync();
        Assert.True((await RefusedAsync("files_unavailable", () => StatAsync("a"))).Retryable);
    }

    [Fact]
    public async Task A_write_by_another_process_in_between_is_noticed()
    {
        var first = await WriteAsync("f", "1");
        server.BeforePut = key => server.Objects[key] = "2"u8.ToArray();
        await RefusedAsync("file_changed", () => WriteAsync("f", "3", new WriteCondition(IfAbsent: false, first.ETag)));
        await RefusedAsync("file_exists", () => WriteAsync("new", "3", new WriteCondition(IfAbsent: true, null)));
    }

    [Fact]
    public async Task An_append_is_repeated_when_another_process_was_faster()
    {
        await WriteAsync("log", "a");
        var times = 0;
        server.BeforePut = key =>
        {
            if (times++ == 0)
                server.Objects[key] = "ab"u8.ToArray();
        };
        await AppendAsync("log", "c");
        Assert.Equal("abc", await ReadAsync("log"));
    }

    [Fact]
    public async Task Lists_go_on_where_the_storage_stops()
    {
        server.PageSize = 2;
        for (var i = 0; i < 9; i++)
            await WriteAsync($"f{i}", "");
        Assert.Equal(9, (await ListAsync()).Files.Count);
        Assert.Equal(9, await Store.DeleteFolderAsync(Workspace, Path("none"), default) + (await ListAsync(new FileQuery { Glob = FileGlob.Parse("f?") })).Files.Count);
    }

    [Fact]
    public async Task Keys_that_are_no_paths_are_left_alone()
    {
        server.Objects[$"sos/{Workspace}/../x"] = [];
        server.Objects[$"sos/{Workspace}/folder/"] = [];
        await WriteAsync("a", "");
        Assert.Equal(["a"], (await ListAsync()).Files.Select(f => f.Path));
    }

    private static S3FileStore NewStore(S3Options s3) => new(
        new FilesOptions { S3 = s3, MaxFileBytes = Limits.MaxFileBytes, MaxBytesPerWorkspace = Limits.MaxBytesPerWorkspace, MaxFilesPerWorkspace = Limits.MaxFilesPerWorkspace },
        new S3Client(s3, TimeProvider.System),
        TimeProvider.System);

    private S3Options S3(string secret = S3Server.SecretKey) => new()
    {
        Endpoint = server.Url, Bucket = S3Server.Bucket, Region = S3Server.Region, AccessKey = S3Server.AccessKey, SecretKey = secret, Prefix = "sos/",
    };
}
