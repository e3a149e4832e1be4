using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Sos.Testing.Otlp;
using Sos.Testing.Postgres;

namespace Sos.ServiceDefaults.Tests.Database;

public sealed class DatabaseTests
{
    [Fact]
    public async Task A_reachable_database_makes_the_service_ready()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var host = await StartAsync(new() { ["ConnectionStrings:sos"] = database.ConnectionString });
        Assert.Equal("""{"status":"Healthy","checks":{"database":"Healthy"}}""", await host.Client.GetStringAsync("/ready"));
        await using var connection = host.Get<NpgsqlConnection>();
        await connection.OpenAsync();
        Assert.Equal(database.Name, connection.Database);
    }

    [Fact]
    public async Task An_unreachable_database_makes_it_unready_but_not_dead()
    {
        using var port = new RefusedPort();
        await using var host = await StartAsync(new() { ["ConnectionStrings:sos"] = $"Host=127.0.0.1;Port={port.Port};Username=sos;Password=hunter2;Database=sos" });
        var ready = await host.Client.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("""{"status":"Unhealthy","checks":{"database":"Unhealthy"}}""", await ready.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/alive")).StatusCode);
    }

    [Fact]
    public async Task A_database_that_never_answers_is_given_up()
    {
        // Connections are accepted by the system's backlog, and nobody ever answers.
        var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var host = await StartAsync(new() { ["ConnectionStrings:sos"] = $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=sos;Database=sos;Timeout=60" });
        var ready = await host.Client.GetAsync("/ready").WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        silent.Stop();
    }

    [Fact]
    public async Task A_missing_connection_string_is_explained()
    {
        await using var host = await StartAsync([]);
        var error = Assert.Throws<InvalidOperationException>(() => host.Get<NpgsqlDataSource>());
        Assert.Contains("ConnectionStrings__sos", error.Message);
    }

    [Fact]
    public async Task Settings_come_from_configuration_and_from_code()
    {
        await using var host = await TestHost.StartAsync(
            new() { ["Aspire:Npgsql:sos:ConnectionString"] = "Host=configured;Username=a", ["Aspire:Npgsql:DisableHealthChecks"] = "true" },
            builder => builder.AddNpgsqlDataSource("sos",
                settings => settings.ConnectionString += ";Database=coded",
                source => source.ConnectionStringBuilder.ApplicationName = "built"));
        Assert.Equal("Host=configured;Username=a;Database=coded;Application Name=built", host.Get<NpgsqlDataSource>().ConnectionString);
        Assert.DoesNotContain("database", await host.Client.GetStringAsync("/health"));
    }

    [Fact]
    public async Task Sql_below_a_span_is_a_client_span_with_both_conventions()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await StartAsync(new(TestHost.SettingsFor(receiver)) { ["ConnectionStrings:sos"] = database.ConnectionString }, app => app.MapGet("/sql", async (NpgsqlDataSource sos) =>
        {
            await using var command = sos.CreateCommand("SELECT 40 + $1");
            command.Parameters.AddWithValue(2);
            return (int)(await command.ExecuteScalarAsync())!;
        }));

        var (response, traceId, _) = await host.SendAsync(HttpMethod.Get, "/sql");
        Assert.Equal("42", await response.Content.ReadAsStringAsync());

        var server = (await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Kind == OtlpSpanKind.Server))[0];
        var sql = Assert.Single(receiver.Spans, s => s.TraceId == traceId && s.Scope == "Npgsql");
        Assert.Equal(("SELECT", OtlpSpanKind.Client, server.SpanId), (sql.Name, sql.Kind, sql.ParentSpanId));
        Assert.Equal(("postgresql", "postgresql"), (sql["db.system.name"], sql["db.system"]));
        Assert.Equal(("SELECT 40 + $1", database.Name), (sql["db.query.text"], sql["db.namespace"]));
        Assert.Equal("127.0.0.1", sql["server.address"]);
        Assert.Equal(
            [
                "db.namespace", "db.npgsql.connection_id", "db.npgsql.data_source", "db.query.text",
                "db.system", "db.system.name", "server.address", "server.port",
            ],
            sql.Attributes.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Tracing_of_sql_can_be_switched_off()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await TestHost.StartAsync(
            new(TestHost.SettingsFor(receiver)) { ["ConnectionStrings:sos"] = database.ConnectionString },
            builder => builder.AddNpgsqlDataSource("sos", settings => settings.DisableTracing = true),
            app => app.MapGet("/sql", async (NpgsqlDataSource sos) =>
            {
                await using var command = sos.CreateCommand("SELECT 1");
                await command.ExecuteScalarAsync();
            }));
        var (_, traceId, _) = await host.SendAsync(HttpMethod.Get, "/sql");
        await receiver.WaitForSpansAsync(s => s.TraceId == traceId && s.Kind == OtlpSpanKind.Server);
        Assert.Single(receiver.Spans, s => s.TraceId == traceId);
    }

    [Fact]
    public async Task A_second_data_source_is_another_with_the_same_name_and_no_check_of_its_own()
    {
        await using var host = await TestHost.StartAsync(new() { ["ConnectionStrings:sos"] = "Host=localhost;Username=a" }, builder =>
        {
            builder.AddKeyedNpgsqlDataSource("worker", "sos", source => source.ConnectionStringBuilder.Username = "b");
            builder.AddNpgsqlDataSource("sos");
            builder.AddKeyedNpgsqlDataSource("worker", "sos", source => source.ConnectionStringBuilder.Username = "late");
        });
        Assert.Equal("Host=localhost;Username=a", host.Get<NpgsqlDataSource>().ConnectionString);
        Assert.Equal("Host=localhost;Username=b", host.App.Services.GetRequiredKeyedService<NpgsqlDataSource>("worker").ConnectionString);
        Assert.Equal(["self", "database"], host.Get<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(r => r.Name));
        var check = host.Get<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Single(r => r.Name == "database");
        Assert.Equal((TimeSpan.FromSeconds(3), "ready"), (check.Timeout, Assert.Single(check.Tags)));
    }

    [Fact]
    public async Task A_connection_string_may_come_after_the_registration()
    {
        await using var host = await TestHost.StartAsync(configure: builder =>
        {
            builder.AddNpgsqlDataSource("sos");
            builder.Configuration["ConnectionStrings:sos"] = "Host=late";
        });
        Assert.Equal("Host=late", host.Get<NpgsqlDataSource>().ConnectionString);
    }

    [Fact]
    public async Task Sql_outside_a_recorded_span_is_not_traced()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var host = await StartAsync(new(TestHost.SettingsFor(receiver)) { ["ConnectionStrings:sos"] = database.ConnectionString }, app => app.MapGet("/sql", async (NpgsqlDataSource sos) =>
        {
            await using var command = sos.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync();
        }));

        await using (var poll = host.Get<NpgsqlDataSource>().CreateCommand("SELECT 'poll'"))
            await poll.ExecuteScalarAsync();
        await host.Client.GetAsync("/ready");
        await host.SendAsync(HttpMethod.Get, "/sql", sampled: false);
        host.Emit("afterwards");
        await receiver.WaitForSpanAsync("afterwards");
        Assert.DoesNotContain(receiver.Spans, s => s.Scope == "Npgsql" && s["db.namespace"] == database.Name);
    }

    static Task<TestHost> StartAsync(Dictionary<string, string?> settings, Action<WebApplication>? map = null) =>
        TestHost.StartAsync(settings, builder => builder.AddNpgsqlDataSource("sos"), map);
}
