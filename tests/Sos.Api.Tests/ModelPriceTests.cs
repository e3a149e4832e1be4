using System.Net;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class ModelPriceTests
{
    private const string Mini = """{"provider": "OpenAI", "model": "gpt-4.1-mini*", "inputPerMillion": 0.36, "outputPerMillion": 1.44, "cachedInputPerMillion": 0.09, "validFrom": "2026-01-01T00:00:00Z", "source": "Our contract"}""";

    [Fact]
    public async Task Public_prices_are_listed_with_their_source()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var prices = (await client.GetAsync("/model-prices?provider=openai&inForce=true")).Expect(HttpStatusCode.OK)["items"].EnumerateArray().ToList();
        var mini = prices.Single(p => p.GetProperty("model").GetString() == "gpt-4.1-mini");
        Assert.Equal("0.4", mini.GetProperty("inputPerMillion").GetRawText());
        Assert.False(mini.GetProperty("own").GetBoolean());
        Assert.Matches(@"openai\.com.*2026-\d\d-\d\d", mini.GetProperty("source").GetString());
        Assert.All(prices, p => Assert.True(p.GetProperty("inForce").GetBoolean()));
        Assert.Empty((await client.GetAsync("/model-prices?provider=nobody")).Expect(HttpStatusCode.OK)["items"].EnumerateArray());
        Assert.Equal(2, (await client.GetAsync("/model-prices?provider=openai&model=EMBEDDING")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        (await client.GetAsync("/model-prices?inForce=yes")).ExpectProblem(400, "invalid_parameter");
    }

    [Fact]
    public async Task An_own_price_goes_before_the_public_one_is_corrected_and_deleted()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        const string match = "/model-prices/match?provider=openai&model=gpt-4.1-mini-2025-04-14";
        Assert.Equal("0.4", (await client.GetAsync(match)).Expect(HttpStatusCode.OK)["inputPerMillion"].GetRawText());

        var saved = (await client.PutAsync("/model-prices", Mini)).Expect(HttpStatusCode.OK);
        Assert.Equal(("openai", true, true, "Our contract"), (saved["provider"].GetString(), saved["own"].GetBoolean(), saved["inForce"].GetBoolean(), saved["source"].GetString()));
        Assert.Equal("0.36", (await client.GetAsync(match)).Expect(HttpStatusCode.OK)["inputPerMillion"].GetRawText());
        var corrected = (await client.PutAsync("/model-prices", Mini.Replace("0.36", "0.3", StringComparison.Ordinal))).Expect(HttpStatusCode.OK);
        Assert.NotEqual(saved["id"].GetString(), corrected["id"].GetString());
        Assert.Equal("0.3", (await client.GetAsync(match)).Expect(HttpStatusCode.OK)["inputPerMillion"].GetRawText());

        // One that begins later holds later.
        var later = (await client.PutAsync("/model-prices", Mini.Replace("2026-01-01", "2999-01-01", StringComparison.Ordinal))).Expect(HttpStatusCode.OK);
        Assert.False(later["inForce"].GetBoolean());
        Assert.Equal("0.3", (await client.GetAsync(match)).Expect(HttpStatusCode.OK)["inputPerMillion"].GetRawText());

        (await client.DeleteAsync($"/model-prices/{corrected["id"].GetString()}")).Expect(HttpStatusCode.NoContent);
        Assert.Equal("0.4", (await client.GetAsync(match)).Expect(HttpStatusCode.OK)["inputPerMillion"].GetRawText());
        Assert.Equal("model_price_saved,model_price_saved,model_price_saved,model_price_deleted", await client.Host.Database.QueryAsync<string>(
            $"select string_agg(event_type, ',' order by id) from event_logs where workspace_id = '{client.Workspace}'"));
    }

    [Fact]
    public async Task An_own_price_of_the_same_name_takes_the_public_one_out_of_force()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PutAsync("/model-prices", """{"provider": "openai", "model": "gpt-4o", "inputPerMillion": 2, "outputPerMillion": 9}""")).Expect(HttpStatusCode.OK);
        var rows = (await client.GetAsync("/model-prices?provider=openai&model=gpt-4o")).Expect(HttpStatusCode.OK)["items"].EnumerateArray().Where(p => p.GetProperty("model").GetString() == "gpt-4o").ToList();
        Assert.Equal([(true, true), (false, false)], rows.Select(p => (p.GetProperty("own").GetBoolean(), p.GetProperty("inForce").GetBoolean())));
    }

    [Fact]
    public async Task Own_prices_are_nobody_elses_and_public_ones_can_not_be_changed()
    {
        var host = await ApiHost.IdleAsync();
        var owner = await host.NewWorkspaceAsync();
        var stranger = await host.NewWorkspaceAsync();
        var id = (await owner.PutAsync("/model-prices", Mini)).Expect(HttpStatusCode.OK)["id"].GetString();
        Assert.DoesNotContain(id!, (await stranger.GetAsync("/model-prices")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        (await stranger.DeleteAsync($"/model-prices/{id}")).ExpectProblem(404, "not_found");
        Assert.Equal("0.4", (await stranger.GetAsync("/model-prices/match?provider=openai&model=gpt-4.1-mini")).Expect(HttpStatusCode.OK)["inputPerMillion"].GetRawText());
        var shared = await host.Database.QueryAsync<Guid>("select id from model_prices where workspace_id is null limit 1");
        (await owner.DeleteAsync($"/model-prices/{shared}")).ExpectProblem(404, "not_found");
        var viewer = await host.NewKeyAsync(owner.Workspace, "viewer");
        (await viewer.PutAsync("/model-prices", Mini)).ExpectProblem(403, "role_too_low");
        (await viewer.DeleteAsync($"/model-prices/{id}")).ExpectProblem(403, "role_too_low");
    }

    [Fact]
    public async Task A_model_without_a_price_is_told_so()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.GetAsync("/model-prices/match?provider=ollama&model=llama3")).ExpectProblem(404, "price_unknown");
        (await client.GetAsync("/model-prices/match?provider=ollama")).ExpectProblem(400, "invalid_parameter");
    }

    [Theory]
    [InlineData("/provider", """{"provider": "", "model": "m", "inputPerMillion": 1, "outputPerMillion": 1}""")]
    [InlineData("/model", """{"provider": "p", "model": "a b", "inputPerMillion": 1, "outputPerMillion": 1}""")]
    [InlineData("/inputPerMillion", """{"provider": "p", "model": "m", "inputPerMillion": -1, "outputPerMillion": 1}""")]
    [InlineData("/outputPerMillion", """{"provider": "p", "model": "m", "inputPerMillion": 1, "outputPerMillion": 1000001}""")]
    [InlineData("/cachedInputPerMillion", """{"provider": "p", "model": "m", "inputPerMillion": 1, "outputPerMillion": 1, "cachedInputPerMillion": 0.00000000001}""")]
    [InlineData("/validFrom", """{"provider": "p", "model": "m", "inputPerMillion": 1, "outputPerMillion": 1, "validFrom": "0001-01-01T00:00:00Z"}""")]
    public async Task What_is_wrong_is_said_where_it_is(string pointer, string body)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var refused = (await client.PutAsync("/model-prices", body)).ExpectProblem(400, "invalid_price");
        Assert.Equal(pointer, Assert.Single(refused["errors"].EnumerateArray()).GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task A_workspace_has_a_thousand_prices_at_most_and_can_still_correct_them()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PutAsync("/model-prices", Mini)).Expect(HttpStatusCode.OK);
        await client.Host.Database.ExecuteAsync($"insert into model_prices (id, workspace_id, provider, model, input_per_million, output_per_million, valid_from) select gen_random_uuid(), '{client.Workspace}', 'p', 'm' || n, 1, 1, now() from generate_series(1, 999) n");
        (await client.PutAsync("/model-prices", Mini.Replace("mini", "nano", StringComparison.Ordinal))).ExpectProblem(409, "too_many_prices");
        (await client.PutAsync("/model-prices", Mini)).Expect(HttpStatusCode.OK);
    }
}
