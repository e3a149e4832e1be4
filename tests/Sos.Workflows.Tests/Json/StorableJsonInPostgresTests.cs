using System.Text;
using FsCheck.Fluent;
using Npgsql;
using NpgsqlTypes;
using Sos.Testing.Postgres;
using Sos.Workflows.Json;
using Sos.Workflows.Tests.Validation;

namespace Sos.Workflows.Tests.Json;

/// <summary>The rules of <see cref="StorableJson"/> against the server whose rules they are.</summary>
public sealed class StorableJsonInPostgresTests
{
    [Fact]
    public async Task What_is_accepted_can_be_stored_and_so_can_all_that_was_cleaned()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var samples = RandomDefinitions.Json().Sample(300, 30)
            .Append($"[0.{new string('0', 990)}1, 1{new string('0', 300)}, 1{new string('0', 700)}e-500, 0e308, 1.7e308, 4.9e-324, -0.0]");
        await using var connection = await database.DataSource.OpenConnectionAsync();

        foreach (var json in samples.Select(Encoding.UTF8.GetBytes))
        {
            var cleaned = StorableJson.Clean(json.AsMemory());
            if (StorableJson.Check(json).Count == 0)
                Assert.True(await CanStoreAsync(connection, Encoding.UTF8.GetString(json)));
            if (StorableJson.Check(cleaned.Span).Count == 0)
                Assert.True(await CanStoreAsync(connection, Encoding.UTF8.GetString(cleaned.Span)));
        }
    }

    [Theory]
    [InlineData("\"\\u0000\"")]
    [InlineData("{\"\\u0000\":1}")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\udc00\\ud800\"")]
    [InlineData("1e200000")]
    public async Task What_the_server_refuses_is_refused_before(string json)
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var connection = await database.DataSource.OpenConnectionAsync();

        Assert.False(await CanStoreAsync(connection, json));
        Assert.NotEmpty(StorableJson.Check(Encoding.UTF8.GetBytes(json)));
    }

    private static async Task<bool> CanStoreAsync(NpgsqlConnection connection, string json)
    {
        await using var command = new NpgsqlCommand("SELECT $1 IS NOT NULL", connection) { Parameters = { new() { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb } } };
        try
        {
            return await command.ExecuteScalarAsync() is true;
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            return false;
        }
    }
}
