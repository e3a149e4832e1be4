using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Models;

namespace Sos.Workflows.Store;

/// <summary>Prices as people see and correct them: the public ones, and a workspace's own before them.</summary>
public sealed class ModelPriceStore(WorkspaceDatabase database, TimeProvider time)
{
    /// <summary>How many prices of its own a workspace may have.</summary>
    public const int MaxOwn = 1_000;

    private const string Columns = $"{ModelPrices.Columns}, workspace_id is not null, source";

    private const string Context = "jsonb_build_object('id', id, 'provider', provider, 'model', model, 'inputPerMillion', input_per_million, 'outputPerMillion', output_per_million, 'cachedInputPerMillion', cached_input_per_million, 'cacheWritePerMillion', cache_write_per_million, 'reasoningPerMillion', reasoning_per_million, 'validFrom', valid_from)";

    /// <summary>All prices that a workspace can see, by provider, model and time.</summary>
    public async Task<List<ListedPrice>> ListAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"select {Columns} from model_prices order by provider, model, workspace_id nulls last, valid_from desc");
        var prices = await batch.AllAsync(Read, cancellationToken);
        var now = time.GetUtcNow();
        // Rows come own before public and latest first: the first one that is valid is the one in force.
        var inForce = new HashSet<(string, string)>();
        return [.. prices.Select(p => p with { InForce = p.ValidFrom <= now && inForce.Add((p.Provider.ToLowerInvariant(), p.Model.ToLowerInvariant())) })];
    }

    /// <summary>The price that a call to a model would be charged now; null where it is unknown.</summary>
    public async Task<ListedPrice?> FindAsync(Guid workspaceId, string provider, string model, CancellationToken cancellationToken)
    {
        var prices = await ListAsync(workspaceId, cancellationToken);
        var now = time.GetUtcNow();
        var found = Choose(own: true) ?? Choose(own: false);
        return prices.Find(p => p.Id == found?.Id);

        ModelPrice? Choose(bool own) => new PriceList([.. prices.Where(p => p.Own == own).Select(p => p.ToPrice())]).Find(provider, model, now);
    }

    /// <summary>
    /// Saves a price of the workspace; one with the same provider, model and time is replaced. Other amounts get another
    /// id, so that the id that calls were logged with never means other numbers than those they were charged.
    /// </summary>
    /// <returns>The price; null where the workspace has <see cref="MaxOwn"/> already.</returns>
    public async Task<ListedPrice?> SaveAsync(KeyHolder who, ModelPrice price, string? source, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              insert into model_prices (id, workspace_id, provider, model, input_per_million, output_per_million,
                cached_input_per_million, cache_write_per_million, reasoning_per_million, valid_from, source)
              select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
              where (select count(*) from model_prices
                     where workspace_id = $2 and not (provider = $3 and model = $4 and valid_from = $10)) < {MaxOwn}
              on conflict (workspace_id, provider, model, valid_from) do update set
                id = case when (model_prices.input_per_million, model_prices.output_per_million, model_prices.cached_input_per_million,
                                model_prices.cache_write_per_million, model_prices.reasoning_per_million)
                    is not distinct from (excluded.input_per_million, excluded.output_per_million, excluded.cached_input_per_million,
                                          excluded.cache_write_per_million, excluded.reasoning_per_million)
                  then model_prices.id else excluded.id end,
                input_per_million = excluded.input_per_million, output_per_million = excluded.output_per_million,
                cached_input_per_million = excluded.cached_input_per_million, cache_write_per_million = excluded.cache_write_per_million,
                reasoning_per_million = excluded.reasoning_per_million, source = excluded.source
              returning *
            ), logged as (
              {AuditEvent.Of("model_price_saved", Context, 12)}
            )
            select {Columns} from changed
            """)
            .With(price.Id).With(who.WorkspaceId).With(price.Provider).With(price.Model)
            .With(price.InputPerMillion, NpgsqlDbType.Numeric).With(price.OutputPerMillion, NpgsqlDbType.Numeric)
            .With(price.CachedInputPerMillion, NpgsqlDbType.Numeric).With(price.CacheWritePerMillion, NpgsqlDbType.Numeric)
            .With(price.ReasoningPerMillion, NpgsqlDbType.Numeric).With(price.ValidFrom).With(source)
            .By(who);
        var saved = await batch.FirstAsync(Read, cancellationToken);
        return saved is null ? null : (await ListAsync(who.WorkspaceId, cancellationToken)).Find(p => p.Id == saved.Id) ?? saved;
    }

    /// <summary>Deletes a price of the workspace; public ones can't be deleted.</summary>
    /// <returns>Whether there was one to delete.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, Guid id, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with changed as (
              delete from model_prices where id = $1 and workspace_id = $2 returning *
            ), logged as (
              {AuditEvent.Of("model_price_deleted", Context, 3)}
            )
            select {Columns} from changed
            """)
            .With(id).With(who.WorkspaceId).By(who);
        return await batch.FirstAsync(Read, cancellationToken) is not null;
    }

    private static ListedPrice Read(NpgsqlDataReader reader) => ListedPrice.Of(ModelPrices.Read(reader), reader.GetBoolean(9), reader.TextOrNull(10));
}

/// <summary>A price as lists show it; amounts are US dollars for a million tokens.</summary>
public sealed record ListedPrice
{
    /// <summary>The price's id, which model calls that it was applied to name.</summary>
    public required Guid Id { get; init; }

    /// <summary>The provider, by OpenTelemetry's name where it has one.</summary>
    public required string Provider { get; init; }

    /// <summary>The model's name; <c>*</c> stands for any characters.</summary>
    public required string Model { get; init; }

    /// <summary>Input tokens.</summary>
    public required decimal InputPerMillion { get; init; }

    /// <summary>Output tokens.</summary>
    public required decimal OutputPerMillion { get; init; }

    /// <summary>Input tokens read from the provider's cache; null: as input.</summary>
    public decimal? CachedInputPerMillion { get; init; }

    /// <summary>Input tokens written into the provider's cache; null: as input.</summary>
    public decimal? CacheWritePerMillion { get; init; }

    /// <summary>Output tokens of reasoning; null: as output.</summary>
    public decimal? ReasoningPerMillion { get; init; }

    /// <summary>From when on.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>Where the price is from, and when it was read there.</summary>
    public string? Source { get; init; }

    /// <summary>Whether it is the workspace's own or a public one.</summary>
    public required bool Own { get; init; }

    /// <summary>Whether it is the one of its provider and model that holds now: the latest valid one, the workspace's own first.</summary>
    public bool InForce { get; init; }

    internal static ListedPrice Of(ModelPrice price, bool own, string? source) => new()
    {
        Id = price.Id,
        Provider = price.Provider,
        Model = price.Model,
        InputPerMillion = price.InputPerMillion,
        OutputPerMillion = price.OutputPerMillion,
        CachedInputPerMillion = price.CachedInputPerMillion,
        CacheWritePerMillion = price.CacheWritePerMillion,
        ReasoningPerMillion = price.ReasoningPerMillion,
        ValidFrom = price.ValidFrom,
        Source = source,
        Own = own,
    };

    internal ModelPrice ToPrice() => new()
    {
        Id = Id,
        Provider = Provider,
        Model = Model,
        InputPerMillion = InputPerMillion,
        OutputPerMillion = OutputPerMillion,
        CachedInputPerMillion = CachedInputPerMillion,
        CacheWritePerMillion = CacheWritePerMillion,
        ReasoningPerMillion = ReasoningPerMillion,
        ValidFrom = ValidFrom,
    };
}
