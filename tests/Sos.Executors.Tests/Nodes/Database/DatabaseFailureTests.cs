using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Tests.Engine;

namespace Sos.Executors.Tests.Nodes.Database;

public sealed class DatabaseFailureTests
{
    private const string Query = "\"sql\": \"select 1\"";

    [Theory]
    [InlineData("select * from nothing", "query_failed", "42P01", 15, "relation \"nothing\" does not exist")]
    [InlineData("selec 1", "query_failed", "42601", 1, "syntax error")]
    [InlineData("select concat($1)", "query_failed", "42P18", null, "$1::text")]
    [InlineData("select 1 / 0", "query_failed", "22012", null, "division by zero")]
    [InlineData("select $1::int", "query_failed", "22P02", null, "integer: \"…\"")]
    [InlineData("select refuse($1)", "query_failed", "P0001", null, "No …, sorry")]
    public async Task An_error_of_the_server_says_what_and_where_and_not_with_which_values(string sql, string code, string state, int? position, string part)
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("create function refuse(what text) returns int language plpgsql as $$ begin raise 'No %, sorry', what using detail = what, hint = what; end $$");
        var error = await host.FailAsync($"\"sql\": \"{sql}\", \"parameters\": [{(sql.Contains("$1", StringComparison.Ordinal) ? "\"canary value\"" : "")}]");
        Assert.Equal((code, false), (error.Code, error.Retryable));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Equal((state, position), (error.Details!.Value.GetProperty("sqlState").GetString(), error.Details.Value.TryGetProperty("position", out var at) ? at.GetInt32() : null));
        Assert.DoesNotContain("canary", error.Message + error.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_position_counts_in_the_SQL_as_it_is_written()
    {
        await using var host = await DatabaseHost.StartAsync();
        var error = await host.FailAsync("""
            "sql": "select @a_long_name, nothing", "parameters": { "a_long_name": 1 }
            """);
        Assert.Equal("select @a_long_name, nothing".IndexOf("nothing", StringComparison.Ordinal) + 1, error.Details!.Value.GetProperty("position").GetInt32());
    }

    [Fact]
    public async Task Constraints_and_rights_have_codes_of_their_own()
    {
        await using var host = await DatabaseHost.StartAsync();
        var role = "reader_" + Guid.NewGuid().ToString("N");
        await host.Server.ExecuteAsync($"create table t (id int primary key check (id < 9)); create role {role} login password 'a-password'");
        await host.SaveAsync("reader", user: role, password: "a-password");
        Assert.Equal("constraint_violation", (await host.FailAsync("\"readOnly\": false, \"action\": \"execute\", \"sql\": \"insert into t values (9)\"")).Code);
        Assert.Equal("constraint_violation", (await host.FailAsync("\"readOnly\": false, \"action\": \"execute\", \"sql\": \"insert into t values (null)\"")).Code);
        Assert.Equal("permission_denied", (await host.FailAsync("\"sql\": \"select * from t\"", "reader")).Code);
        await host.Pools.DisposeAsync();
        await host.Server.ExecuteAsync($"drop role {role}");
    }

    [Fact]
    public async Task A_login_that_is_wrong_is_said_so()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.SaveAsync("password", password: "canary-of-mine");
        await host.SaveAsync("user", user: "nobody-here");
        await host.SaveAsync("database", database: "nothing_here");
        foreach (var name in (string[])["password", "user", "database"])
        {
            var error = await host.FailAsync(Query, name);
            Assert.Equal(("database_login_failed", false), (error.Code, error.Retryable));
            Assert.DoesNotContain("canary", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nobody_there_may_be_tried_again()
    {
        await using var host = await DatabaseHost.StartAsync(resolve: name => name == "db.test" ? [IPAddress.Loopback] : throw new SocketException((int)SocketError.HostNotFound));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await host.SaveAsync("gone", host: "db.test", port: port);
        await host.SaveAsync("unknown", host: "nowhere.test");
        var error = await host.FailAsync(Query, "gone");
        Assert.Equal(("database_unreachable", true), (error.Code, error.Retryable));
        Assert.Equal($"db.test:{port} refused the connection: nothing listens there.", error.Message);
        error = await host.FailAsync(Query, "unknown");
        Assert.Equal(("database_unreachable", false), (error.Code, error.Retryable));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("017700000001")]
    [InlineData("127.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("inside.test")]
    public async Task An_address_that_is_not_public_is_refused_in_any_spelling(string address)
    {
        await using var host = await DatabaseHost.StartAsync(allow: [], resolve: name => name == "inside.test" ? [IPAddress.Parse("192.168.0.9")] : Dns.GetHostAddresses(name));
        await host.SaveAsync("inside", host: address);
        Assert.Equal("address_not_allowed", (await host.FailAsync(Query, "inside")).Code);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_a_moment_later_gains_nothing()
    {
        var answers = 0;
        await using var host = await DatabaseHost.StartAsync(allow: ["127.0.0.1"], resolve: _ => [IPAddress.Parse(answers++ == 0 ? "127.0.0.1" : "127.0.0.2")]);
        await host.SaveAsync("rebound", host: "db.test");
        NodeRun.Completed(await host.RunAsync(Query, "rebound"));
        Assert.Equal(1, answers);
        // What is open already is not used for a name that leads to where it must not.
        Assert.Equal("address_not_allowed", (await host.FailAsync(Query, "rebound")).Code);
    }

    [Fact]
    public async Task A_certificate_is_compared_with_the_name_and_the_password_stays_here()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=db.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var host = await DatabaseHost.StartAsync(resolve: _ => [IPAddress.Loopback]);
        await host.SaveAsync("tls", host: "db.test", port: ((IPEndPoint)listener.LocalEndpoint).Port, sslMode: "verify-full");
        var asked = HandshakeAsync();
        var error = await host.FailAsync(Query, "tls");
        Assert.Equal(("database_tls_failed", false), (error.Code, error.Retryable));
        Assert.Equal("db.test", await asked.WaitAsync(EngineHost.Patience));

        async Task<string?> HandshakeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            await stream.ReadExactlyAsync(new byte[8]); // SSLRequest
            await stream.WriteAsync("S"u8.ToArray());
            string? name = null;
            await using var tls = new SslStream(stream);
            try
            {
                await tls.AuthenticateAsServerAsync((_, hello, _, _) =>
                {
                    name = hello.ServerName;
                    return new(new SslServerAuthenticationOptions { ServerCertificate = certificate });
                }, null);
                Assert.Equal(0, await tls.ReadAsync(new byte[1]));
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
            {
                return name;
            }
            return name;
        }
    }

    [Fact]
    public async Task A_server_without_TLS_gets_no_password_where_TLS_is_asked_for()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.SaveAsync("tls", sslMode: "require");
        var error = await host.FailAsync(Query, "tls");
        Assert.Equal(("database_tls_failed", false), (error.Code, error.Retryable));
    }

    [Fact]
    public async Task A_connection_that_broke_while_it_was_idle_is_replaced_without_a_word()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.OutputAsync(Query);
        await host.Server.ExecuteAsync("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and application_name = 'SOS'");
        await host.OutputAsync(Query);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_a_statement_may_be_tried_again_for_nothing_was_kept()
    {
        await using var host = await DatabaseHost.StartAsync();
        var error = await host.FailAsync("\"readOnly\": false, \"sql\": \"select pg_terminate_backend(pg_backend_pid())\"");
        Assert.Equal(("database_unreachable", true), (error.Code, error.Retryable));
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_commit_may_not()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("""
            create table t (id int);
            create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger die after insert on t deferrable initially deferred for each row execute function die();
            """);
        var error = await host.FailAsync("\"readOnly\": false, \"action\": \"execute\", \"sql\": \"insert into t values (1)\"");
        Assert.Equal(("commit_unknown", false), (error.Code, error.Retryable));
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_commit_just_after_the_time_was_up_may_not_either()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("create table t (id int)");
        await using var relay = PostgresRelay.StartLosingCommits(host.Login.Port);
        await host.SaveAsync("failing-over", port: relay.Port);
        var time = new FakeTimeProvider();
        var running = host.RunAsync("\"readOnly\": false, \"action\": \"execute\", \"sql\": \"insert into t values (1)\", \"timeout\": \"5m\"", "failing-over", time);
        await relay.CommitLost.WaitAsync(EngineHost.Patience);
        time.Advance(TimeSpan.FromMinutes(6));
        var error = NodeRun.Failed(await running.WaitAsync(EngineHost.Patience));
        Assert.Equal(("commit_unknown", false), (error.Code, error.Retryable));
    }
}
