using Microsoft.Extensions.Time.Testing;
using Sos.Workflows.Models;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class ModelPricesTests : IAsyncLifetime
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private ModelDatabase models = null!;
    private ModelPrices prices = null!;

    public async Task InitializeAsync()
    {
        models = await ModelDatabase.CreateAsync();
        prices = new ModelPrices(models.Executor, clock);
    }

    public Task DisposeAsync() => models.DisposeAsync().AsTask();

    [Theory]
    [InlineData("openai", "gpt-4.1-mini", 0.4, 1.6)]
    [InlineData("openai", "gpt-4.1-mini-2025-04-14", 0.4, 1.6)]
    [InlineData("openai", "gpt-4.1-2025-04-14", 2, 8)]
    [InlineData("openai", "text-embedding-3-small", 0.02, 0)]
    [InlineData("azure.ai.openai", "gpt-4o-2024-11-20", 2.5, 10)]
    [InlineData("anthropic", "claude-haiku-4-5-20251001", 1, 5)]
    [InlineData("groq", "openai/gpt-oss-120b", 0.15, 0.6)]
    [InlineData("demo", "demo", 0, 0)]
    [InlineData("local", "local-384", 0, 0)]
    public async Task Well_known_models_have_their_list_price(string provider, string model, double input, double output)
    {
        var price = await FindAsync(provider, model);
        Assert.Equal(((decimal)input, (decimal)output), (price?.InputPerMillion, price?.OutputPerMillion));
    }

    [Theory]
    [InlineData("openai", "gpt-4.1-ultra")] // a sibling is not priced like its family
    [InlineData("openai", "claude-haiku-4-5")]
    [InlineData("ollama", "gpt-4.1")]
    public async Task What_is_not_known_has_no_price(string provider, string model) => Assert.Null(await FindAsync(provider, model));

    [Fact]
    public async Task Every_public_price_names_its_source_and_none_says_the_same_twice()
    {
        Assert.Equal(0, await models.Database.QueryAsync<long>("select count(*) from model_prices where source is null or source = '' or workspace_id is not null"));
        Assert.True(await models.Database.QueryAsync<long>("select count(*) from model_prices") > 100);
        // Reading from a cache costs less than reading anew; writing into it costs more.
        Assert.Equal(0, await models.Database.QueryAsync<long>("select count(*) from model_prices where cached_input_per_million >= input_per_million or cache_write_per_million <= input_per_million"));
    }

    [Fact]
    public async Task The_id_that_calls_were_logged_with_never_means_other_amounts()
    {
        var store = new ModelPriceStore(models.Api, clock);
        var first = await SaveAsync(0.5m, "a");
        Assert.Equal(first, await SaveAsync(0.5m, "another source, the same amounts"));
        var second = await SaveAsync(null, "a");
        Assert.NotEqual(first, second);
        Assert.Equal(second, await SaveAsync(null, "b"));
        Assert.Equal(1, await models.Database.QueryAsync<long>($"select count(*) from model_prices where workspace_id = '{models.Workspace}'"));
        Assert.Equal("0.5", await models.Database.QueryAsync<string>(
            $"select trim_scale((context->>'cachedInputPerMillion')::numeric)::text from event_logs where event_type = 'model_price_saved' and context->>'id' = '{first}' order by id limit 1"));

        async Task<Guid> SaveAsync(decimal? cached, string source) => (await store.SaveAsync(
            models.Who,
            new ModelPrice { Id = Guid.CreateVersion7(), Provider = "p", Model = "m", InputPerMillion = 1, OutputPerMillion = 2, CachedInputPerMillion = cached, ValidFrom = DateTimeOffset.UnixEpoch },
            source,
            CancellationToken.None))!.Id;
    }

    [Fact]
    public async Task A_price_that_begins_later_begins_then()
    {
        Assert.Equal(0.75m, (await FindAsync("gcp.gemini", "gemini-3.7-flash"))?.InputPerMillion);
        clock.Advance(TimeSpan.FromDays(40));
        Assert.Equal(1.5m, (await FindAsync("gcp.gemini", "gemini-3.7-flash"))?.InputPerMillion);
    }

    [Fact]
    public async Task A_workspaces_own_price_goes_before_the_public_one_even_as_a_pattern_and_only_there()
    {
        await OwnAsync("gpt-4.1*", "0.123");
        Assert.Equal(0.123m, (await FindAsync("openai", "gpt-4.1-mini"))?.InputPerMillion);
        Assert.Equal(0.4m, (await prices.FindAsync(models.OtherWorkspace, "openai", "gpt-4.1-mini", CancellationToken.None))?.InputPerMillion);
        Assert.Equal(2.5m, (await FindAsync("openai", "gpt-4o"))?.InputPerMillion);
    }

    [Fact]
    public async Task A_change_counts_after_ten_seconds()
    {
        Assert.Equal(0.4m, (await FindAsync("openai", "gpt-4.1-mini"))?.InputPerMillion);
        await OwnAsync("gpt-4.1-mini", "0.2");
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0.4m, (await FindAsync("openai", "gpt-4.1-mini"))?.InputPerMillion);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0.2m, (await FindAsync("openai", "gpt-4.1-mini"))?.InputPerMillion);
    }

    private ValueTask<ModelPrice?> FindAsync(string provider, string model) => prices.FindAsync(models.Workspace, provider, model, CancellationToken.None);

    private Task OwnAsync(string model, string input) => models.Database.ExecuteAsync(
        $"insert into model_prices (id, workspace_id, provider, model, input_per_million, output_per_million, valid_from) values (gen_random_uuid(), '{models.Workspace}', 'openai', '{model}', {input}, 1, '2026-01-01')");
}
