using Npgsql;
using Sos.Migrations.Embedded;

namespace Sos.Migrations.Tests.Embedded;

internal static class ServerUnderTest
{
    /// <summary>Options for a server that is stopped in order but writes no disk caches out.</summary>
    public static EmbeddedPostgresOptions In(TemporaryFolder folder) => new() { Name = "test", DataRoot = folder.Path, Durable = false };

    public static async Task<object?> QueryAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public static async Task<bool> IsRunningAsync(string data, int processId) => await OrphanedServer.IsServerOfAsync(data, processId, default);
}
