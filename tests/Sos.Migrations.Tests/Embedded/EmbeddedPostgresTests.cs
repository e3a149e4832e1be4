using System.Net;
using System.Net.Sockets;
using Npgsql;
using Sos.Migrations.Embedded;
using static Sos.Migrations.Tests.Embedded.ServerUnderTest;

namespace Sos.Migrations.Tests.Embedded;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "test", "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Data_and_password_outlive_a_stop_and_the_port_need_not()
    {
        string password;
        await using (var first = await EmbeddedPostgres.StartAsync(In(_folder)))
        {
            await QueryAsync(first.ConnectionString, "create table kept as select 42 as answer");
            password = PasswordOf(first);
            Assert.Equal(first.ConnectionString, File.ReadAllText(first.ConnectionStringFile).Trim());
        }
        Assert.False(File.Exists(PostmasterFile.In(Data)));

        await using var second = await EmbeddedPostgres.StartAsync(In(_folder));
        Assert.Equal(42, await QueryAsync(second.ConnectionString, "select answer from kept"));
        Assert.Equal(password, PasswordOf(second));
    }

    [Fact]
    public async Task Only_its_owner_reads_its_files_and_only_this_machine_reaches_it()
    {
        await using var server = await EmbeddedPostgres.StartAsync(In(_folder));

        Assert.Equal("127.0.0.1", await QueryAsync(server.ConnectionString, "show listen_addresses"));
        Assert.Equal("127.0.0.1", await QueryAsync(server.ConnectionString, "select host(inet_client_addr())"));
        Assert.Equal(DBNull.Value, await QueryAsync(server.SocketConnectionString, "select host(inet_client_addr())"));
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess" }.ConnectionString;
        Assert.Equal(PostgresErrorCodes.InvalidPassword, (await Assert.ThrowsAsync<PostgresException>(() => QueryAsync(wrong, "select 1"))).SqlState);
        const UnixFileMode nobodyElse = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        foreach (var path in (string[])[server.DataFolder, server.PasswordFile, server.ConnectionStringFile, server.LogFile, Data, Path.Combine(server.DataFolder, "run")])
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & nobodyElse);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nobody")]
    public async Task The_server_is_unprivileged_even_when_its_owner_is_root(string? runAs)
    {
        await using var server = await EmbeddedPostgres.StartAsync(In(_folder) with { RunAs = runAs });

        var user = await ServerUser.FindAsync(runAs, default);
        Assert.Equal(Environment.IsPrivilegedProcess, user is not null);
        if (OperatingSystem.IsLinux())
        {
            var uid = File.ReadLines($"/proc/{server.ProcessId}/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            Assert.NotEqual("0", uid);
            Assert.Equal(user?.Uid.ToString() ?? uid, uid);
        }
    }

    [Fact]
    public async Task A_folder_that_the_servers_user_cannot_enter_is_refused_with_the_way_out()
    {
        if (await ServerUser.FindAsync(null, default) is not { } user)
        {
            // Only root has this case; an ordinary user meets the folder it may not write.
            var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(In(_folder) with { DataRoot = "/proc/sos" }));
            Assert.Contains("Set SOS_DATA", error.Message);
            return;
        }
        var closed = Directory.CreateDirectory(Path.Combine(_folder.Path, "closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var refusal = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(In(_folder) with { DataRoot = closed.FullName }));

        Assert.Contains($"'{user.Name}', who cannot enter {closed.FullName}/test", refusal.Message);
        Assert.Contains("Set SOS_DATA", refusal.Message);
    }

    [Fact]
    public async Task Of_two_starts_at_once_on_one_folder_one_wins_and_the_other_names_it()
    {
        var starts = Enumerable.Range(0, 2).Select(_ => Task.Run(() => EmbeddedPostgres.StartAsync(In(_folder)))).ToArray();
        await Assert.ThrowsAsync<EmbeddedPostgresException>(() => Task.WhenAll(starts).WaitAsync(Waiting.Limit));

        var winner = await Assert.Single(starts, start => start.IsCompletedSuccessfully);
        var loser = Assert.Single(starts, start => start.IsFaulted);
        Assert.Contains($"The data in {winner.DataFolder} is in use by process {Environment.ProcessId}", loser.Exception!.InnerException!.Message);
        await winner.DisposeAsync();

        await using var later = await EmbeddedPostgres.StartAsync(In(_folder));
        Assert.Equal(1, await QueryAsync(later.ConnectionString, "select 1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stale_pid_file_is_no_obstacle(bool numberBelongsToAStranger)
    {
        await (await EmbeddedPostgres.StartAsync(In(_folder))).DisposeAsync();
        // After a power cut the number may be nobody's, or by now a process's that has nothing to do with it.
        var number = numberBelongsToAStranger ? Environment.ProcessId : int.MaxValue;
        File.WriteAllText(PostmasterFile.In(Data), $"{number}\n{Data}\n1700000000\n5432\n\n127.0.0.1\n\nready   \n");

        await using var server = await EmbeddedPostgres.StartAsync(In(_folder));

        Assert.Equal(1, await QueryAsync(server.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task A_crash_loses_no_commit_and_keeps_the_port()
    {
        await using var server = await EmbeddedPostgres.StartAsync(In(_folder) with { Durable = true });
        await QueryAsync(server.ConnectionString, "create table kept as select 42 as answer");
        var (before, process) = (server.ConnectionString, server.ProcessId);

        await server.RestartAsync(immediate: true);

        Assert.Equal(before, server.ConnectionString);
        Assert.NotEqual(process, server.ProcessId);
        Assert.Equal(42, await QueryAsync(before, "select answer from kept"));
        Assert.Contains("database system was not properly shut down", File.ReadAllText(server.LogFile));
    }

    [Fact]
    public async Task Commits_wait_for_the_disk_unless_told_otherwise()
    {
        var wanted = new Dictionary<string, string> { ["max_connections"] = "7" };
        await using var server = await EmbeddedPostgres.StartAsync(In(_folder) with { Durable = true, Settings = wanted });

        Assert.Equal("on on on 7", await QueryAsync(server.ConnectionString,
            "select concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'), current_setting('max_connections'))"));
        Assert.False(server.Ended.IsCompleted);
    }

    [Fact]
    public async Task An_owner_learns_that_its_server_was_killed_and_can_start_it_again()
    {
        await using var server = await EmbeddedPostgres.StartAsync(In(_folder));
        await QueryAsync(server.ConnectionString, "create table kept as select 42 as answer");

        Posix.Signal(server.ProcessId, Posix.Sigkill);

        Assert.Equal(128 + Posix.Sigkill, await server.Ended.WaitAsync(Waiting.Limit));
        await server.RestartAsync();
        Assert.Equal(42, await QueryAsync(server.ConnectionString, "select answer from kept"));
    }

    [Fact]
    public async Task A_taken_port_is_told()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(In(_folder) with { Port = port }));

        Assert.Contains($"cannot listen on 127.0.0.1:{port}", error.Message);
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_and_an_unfinished_initdb_are_no_obstacle()
    {
        var root = Path.Combine(_folder.Path, new string('d', 120));
        var unfinished = Directory.CreateDirectory(Path.Combine(root, "test", "initdb.left"));
        File.WriteAllText(Path.Combine(unfinished.FullName, "pw"), "secret");
        File.SetUnixFileMode(root, File.GetUnixFileMode(_folder.Path));
        string socket;
        await using (var server = await EmbeddedPostgres.StartAsync(In(_folder) with { DataRoot = root }))
        {
            socket = (string)(await QueryAsync(server.ConnectionString, "show unix_socket_directories"))!;
            Assert.True(Directory.Exists(socket));
            Assert.Empty(Directory.GetDirectories(server.DataFolder, "initdb*"));
        }
        Assert.False(Directory.Exists(socket));
    }

    [Fact]
    public async Task An_ephemeral_instance_leaves_nothing()
    {
        var server = await EmbeddedPostgres.StartAsync(In(_folder) with { Ephemeral = true });
        Assert.True(Directory.Exists(server.DataFolder));

        await server.DisposeAsync();

        Assert.False(Directory.Exists(server.DataFolder));
    }

    [Fact]
    public async Task A_lost_password_file_is_told_before_anything_starts()
    {
        await (await EmbeddedPostgres.StartAsync(In(_folder))).DisposeAsync();
        File.Delete(Path.Combine(_folder.Path, "test", "password"));

        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(In(_folder)));

        Assert.Contains("password file", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../up")]
    [InlineData("Upper")]
    [InlineData("binaries")]
    [InlineData("forty-one-characters-are-one-more-than-fit")]
    public async Task A_name_is_checked(string name)
    {
        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(In(_folder) with { Name = name }));

        Assert.Contains("cannot name a PostgreSQL instance", error.Message);
    }

    private static string PasswordOf(EmbeddedPostgres server) => new NpgsqlConnectionStringBuilder(server.ConnectionString).Password!;
}
