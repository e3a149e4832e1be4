using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Sos.Migrations.Embedded;
using static Sos.Migrations.Tests.Embedded.ServerUnderTest;

namespace Sos.Migrations.Tests.Embedded;

public sealed partial class OwnerDeathTests : IDisposable
{
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "test", "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_server_stops_in_order_when_its_owner_is_killed()
    {
        await using var owner = StartOwner();
        var server = ServerOf(await owner.ReadUntilAsync("Ctrl+C"));
        await QueryAsync(ConnectionString(), "create table kept as select 42 as answer");

        owner.Kill();

        await Waiting.UntilAsync(async () => !await IsRunningAsync(Data, server), "the server's stop", Seconds);
        Assert.False(File.Exists(PostmasterFile.In(Data)));
        await using var next = await EmbeddedPostgres.StartAsync(In(_folder));
        Assert.Equal(42, await QueryAsync(next.ConnectionString, "select answer from kept"));
    }

    [Fact]
    public async Task A_server_whose_owner_and_watch_were_killed_is_stopped_by_the_next_start()
    {
        await using var owner = StartOwner();
        var server = ServerOf(await owner.ReadUntilAsync("Ctrl+C"));
        await QueryAsync(ConnectionString(), "create table kept as select 42 as answer");

        // The watch first: it would notice. They are the owner's children, the server and the shell beside it.
        foreach (var watch in ChildrenOf(owner.Id).Where(each => each != server))
            Posix.Signal(watch, Posix.Sigkill);
        owner.Kill();
        await owner.ExitAsync();
        Assert.True(await IsRunningAsync(Data, server));

        await using var next = await EmbeddedPostgres.StartAsync(In(_folder));
        Assert.False(await IsRunningAsync(Data, server));
        Assert.Equal(42, await QueryAsync(next.ConnectionString, "select answer from kept"));
    }

    [Fact]
    public async Task A_temporary_instance_is_gone_after_its_owner_was_killed()
    {
        await using var owner = StartOwner("--temporary");
        var server = ServerOf(await owner.ReadUntilAsync("Ctrl+C"));

        owner.Kill();

        await Waiting.UntilAsync(() => !Directory.Exists(Path.Combine(_folder.Path, "test")), "the folder's removal", Seconds);
        Assert.False(await IsRunningAsync(Data, server));
    }

    [Fact]
    public async Task SIGTERM_stops_owner_and_server_in_order_and_no_password_was_printed()
    {
        await using var owner = StartOwner();
        var output = await owner.ReadUntilAsync("Ctrl+C");
        var server = ServerOf(output);
        Assert.Contains($"Password           {_folder.Path}/test/password", output);
        Assert.DoesNotContain(File.ReadAllText(Path.Combine(_folder.Path, "test", "password")).Trim(), output);

        Posix.Signal(owner.Id, 15);

        Assert.Equal(0, await owner.ExitAsync());
        Assert.False(await IsRunningAsync(Data, server));
        Assert.Contains("database system is shut down", File.ReadAllText(Path.Combine(_folder.Path, "test", "server.log")));
    }

    [Fact]
    public async Task A_second_owner_is_told_who_the_first_is()
    {
        await using var owner = StartOwner();
        await owner.ReadUntilAsync("Ctrl+C");

        var (exitCode, _, error) = await MigrationsProgram.RunAsync(["postgres", "--name", "test", "--data", _folder.Path]);

        Assert.Equal(1, exitCode);
        Assert.Equal($"The data in {_folder.Path}/test is in use by process {owner.Id}. Stop it, or use another instance (another name, or another folder by SOS_DATA).", error.Trim());
    }

    [Fact]
    public async Task Two_users_run_their_own_servers_at_once()
    {
        using var theirs = new TemporaryFolder();
        var other = await ServerUser.FindAsync(Environment.IsPrivilegedProcess ? "nobody" : null, default);
        if (other is not null)
            Posix.ChangeOwner(theirs.Path, other);
        await using var owner = StartOwner();
        await using var otherOwner = MigrationsProgram.Start(["postgres", "--name", "test", "--data", theirs.Path], user: other?.Name);

        var servers = (ServerOf(await owner.ReadUntilAsync("Ctrl+C")), ServerOf(await otherOwner.ReadUntilAsync("Ctrl+C")));

        Assert.True(await IsRunningAsync(Data, servers.Item1));
        Assert.True(await IsRunningAsync(Path.Combine(theirs.Path, "test", "data"), servers.Item2));
        Posix.Signal(otherOwner.Id, 15);
        Assert.Equal(0, await otherOwner.ExitAsync());
    }

    private MigrationsProgram StartOwner(params string[] more) => MigrationsProgram.Start(["postgres", "--name", "test", "--data", _folder.Path, .. more]);

    private string ConnectionString() => File.ReadAllText(Path.Combine(_folder.Path, "test", "connection-string")).Trim();

    private static int ServerOf(string output) => int.Parse(ProcessLine().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    private static IEnumerable<int> ChildrenOf(int process)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-A", "-o", "pid=,ppid="]) { RedirectStandardOutput = true })!;
        var rows = ps.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray());
        return [.. rows.Where(row => row[1] == process).Select(row => row[0])];
    }

    [GeneratedRegex(@"Process +(\d+)")]
    private static partial Regex ProcessLine();
}
