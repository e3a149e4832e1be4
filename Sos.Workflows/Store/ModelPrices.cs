using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Models;

namespace Sos.Workflows.Store;

/// <summary>Prices as executors apply them: a workspace's own before the public ones. Changes count after ten seconds at the latest.</summary>
public sealed class ModelPrices(NpgsqlDataSource dataSource, TimeProvider time)
{
    internal const string Columns = """
        id, provider, model, input_per_million, output_per_million, cached_input_per_million, cache_write_per_million,
        reasoning_per_million, valid_from
        """;

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    // Guid.Empty holds the public prices, which all workspaces share.
    private readonly RecentValues<Guid, PriceList> lists = new(time, Lifetime);

    /// <summary>What a model costs now.</summary>
    /// <param name="workspaceId">The workspace that pays.</param>
    /// <param name="provider">The provider by OpenTelemetry's name where it has one, regardless of case.</param>
    /// <param name="model">The model's name, regardless of case.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    /// <returns>Null where the price is unknown.</returns>
    public async ValueTask<ModelPrice?> FindAsync(Guid workspaceId, string provider, string model, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var own = await lists.GetAsync(workspaceId, ReadAsync, cancellationToken);
        return own.Find(provider, model, now) ?? (await lists.GetAsync(Guid.Empty, ReadAsync, cancellationToken)).Find(provider, model, now);
    }

    private async Task<PriceList> ReadAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from model_prices where workspace_id is not distinct from $1");
        command.Parameters.Add(new NpgsqlParameter { Value = workspaceId == Guid.Empty ? DBNull.Value : workspaceId, NpgsqlDbType = NpgsqlDbType.Uuid });
        var prices = new List<ModelPrice>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            prices.Add(Read(reader));
        return new PriceList(prices);
    }

    internal static ModelPrice Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Provider = reader.GetString(1),
        Model = reader.GetString(2),
        InputPerMillion = reader.Amount(3),
        OutputPerMillion = reader.Amount(4),
        CachedInputPerMillion = reader.AmountOrNull(5),
        CacheWritePerMillion = reader.AmountOrNull(6),
        ReasoningPerMillion = reader.AmountOrNull(7),
        ValidFrom = reader.Time(8),
    };
}
