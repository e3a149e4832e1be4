using Npgsql;

namespace Sos.Api.Tests.Support;

/// <summary>Everything that a database holds, as text.</summary>
internal static class EveryRow
{
    public static async IAsyncEnumerable<(string Table, string Row)> OfAsync(NpgsqlDataSource database)
    {
        var tables = new List<string>();
        await using (var names = database.CreateCommand("select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"))
        await using (var reader = await names.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                tables.Add(reader.GetString(0));
        }
        Assert.Contains("credentials", tables);
        foreach (var table in tables)
        {
            await using var rows = database.CreateCommand($"select t::text from \"{table}\" t");
            await using var reader = await rows.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                yield return (table, reader.GetString(0));
        }
    }
}
