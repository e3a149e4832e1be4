using System.Net;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Sos.Api.Hosting;
using Sos.Api.Tests.Support;
using Sos.Migrations.Schema;
using Sos.Testing.Postgres;

namespace Sos.Api.Tests;

public sealed class ServiceModeTests
{
    private const string Key = "a-key-that-the-owner-chose";

    [Fact]
    public async Task It_waits_for_the_migrations_and_then_lets_the_first_key_in()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        var starting = ApiHost.StartAsync(executes: false, b => b.Configuration["SOS_API_KEY"] = Key, database);
        await using var owner = NpgsqlDataSource.Create(database.ConnectionString);
        await new Migrator(owner).MigrateAsync();
        await using var host = await starting;
        using var http = host.WithKey(Key);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v1/api-keys")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/ready")).StatusCode);

        // A database that has keys gets no other one.
        await using var second = await ApiHost.StartAsync(executes: false, b => b.Configuration["SOS_API_KEY"] = Key + "-2", database);
        using var other = second.WithKey(Key + "-2");
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAsync("/api/v1/api-keys")).StatusCode);
    }

    [Fact]
    public async Task It_works_with_a_newer_schema_because_an_upgrade_migrates_first()
    {
        await using var database = await TestDatabase.CreateAsync();
        await database.ExecuteAsync("insert into schema_migrations values (9999, 'future', '', now(), 1)");
        await using var host = await ApiHost.StartAsync(executes: false, b => b.Configuration["SOS_API_KEY"] = Key, database);
        using var http = host.WithKey(Key);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v1/api-keys")).StatusCode);
    }

    [Fact]
    public void Until_then_it_is_not_ready_and_says_why()
    {
        var state = new SchemaState();
        Assert.NotNull(state.Missing);
        state.Missing = null;
        Assert.Null(state.Missing);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("has spaces in the middle of it")]
    public void A_first_key_that_could_be_guessed_is_refused(string key) => Assert.Throws<StartException>(() =>
        FirstKey.FromEnvironment(new ConfigurationBuilder().AddInMemoryCollection([new("SOS_API_KEY", key)]).Build()));

    [Fact]
    public async Task When_the_database_goes_away_requests_are_told_so_and_work_again_after()
    {
        await using var server = await PostgresFixture.StartAsync();
        await using var database = await server.CreateDatabaseAsync();
        await using var host = await ApiHost.StartAsync(executes: false, database: database);
        var client = await host.NewWorkspaceAsync();
        var workflow = await client.SaveAsync(Definitions.Transform());
        var before = await client.StartAsync(workflow);
        var another = await host.NewKeyAsync(client.Workspace, "developer");
        var hook = (await client.PostAsync("/webhooks", WebhookTests.Body(workflow, """{"kind": "none"}""", secret: null))).Expect(HttpStatusCode.Created)["path"].GetString();
        await server.RestartAsync(immediate: true);
        // A start waits for the database by itself, also with a key that has to be looked up: it is accepted once, whatever became of the connections.
        var after = (await another.PostAsync($"/workflows/{workflow}/executions", "{}", "k")).Expect(HttpStatusCode.Accepted);
        await Eventually.TrueAsync(async () => (await client.GetAsync($"/executions/{before}")).Status == HttpStatusCode.OK, "reads to work again");
        await using var owner = NpgsqlDataSource.Create(host.Database.ConnectionString); // the old one's connections are broken
        await using var count = owner.CreateCommand("select count(*) from workflow_executions");
        Assert.Equal(2L, await count.ExecuteScalarAsync());
        Assert.Equal(after["id"].GetString(), (await client.PostAsync($"/workflows/{workflow}/executions", "{}", "k")).Expect(HttpStatusCode.Accepted)["id"].GetString());

        // So do calls of webhooks, whose senders may not come again.
        await server.RestartAsync(immediate: true);
        using var sender = host.Anonymous();
        Assert.Equal(HttpStatusCode.Accepted, (await sender.PostAsync(hook, null)).StatusCode);
    }
}
