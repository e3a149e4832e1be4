using Sos.Migrations.SigNoz;
using Sos.Migrations.Tests.SigNoz.Api;

namespace Sos.Migrations.Tests.Commands;

/// <summary>The <c>signoz</c> command as a person types it.</summary>
public sealed class SigNozCommandTests
{
    [Fact]
    public async Task A_dry_run_then_a_run_then_a_dry_run_with_a_login_and_with_a_key()
    {
        await using var server = await SigNozServer.StartAsync(isOpen: false);
        var login = new Dictionary<string, string> { ["SigNoz__Password"] = SigNozServer.Password };
        var key = new Dictionary<string, string> { ["SigNoz__Url"] = server.Url.ToString(), ["SigNoz__ApiKey"] = SigNozServer.ApiKey, ["SigNoz__Webhook"] = "https://hooks.example.com/Canary-5ecret" };
        var (dashboards, rules) = (SigNozContent.BuiltIn().Dashboards.Count, SigNozContent.BuiltIn().Rules.Count);

        var dry = await MigrationsProgram.RunAsync(["signoz", "--url", server.Url.ToString(), "--email", SigNozServer.Email, "--dry-run"], login);
        Assert.Equal((2, ""), (dry.ExitCode, dry.Error));
        Assert.Contains("rule       SOS: executions fail: to be created\n", dry.Output);
        Assert.EndsWith($"SigNoz at {server.Url}: {dashboards + rules} to be created, 0 to be changed, 0 up to date.\n", dry.Output);
        Assert.Empty(server.Writes);

        var run = await MigrationsProgram.RunAsync(["signoz"], key);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.EndsWith($"SigNoz at {server.Url}: {1 + dashboards + rules} created, 0 changed, 0 were up to date.\n", run.Output);

        var again = await MigrationsProgram.RunAsync(["signoz", "--dry-run"], key);
        Assert.Equal((0, $"SigNoz at {server.Url}: 0 to be created, 0 to be changed, {1 + dashboards + rules} up to date.\n", ""), again);
        Assert.Equal("", string.Join('\n', server.Problems));
        Assert.DoesNotContain("Canary", dry.Output + run.Output);
    }

    [Fact]
    public async Task Who_is_not_known_is_told_how_to_be_and_no_secret_is_shown()
    {
        await using var server = await SigNozServer.StartAsync(isOpen: false);
        var at = server.Url.ToString();

        var nobody = await MigrationsProgram.RunAsync(["signoz", "--url", at]);
        var wrongKey = await MigrationsProgram.RunAsync(["signoz", "--url", at], new Dictionary<string, string> { ["SigNoz__ApiKey"] = "wrong-Canary" });
        var wrongPassword = await MigrationsProgram.RunAsync(["signoz", "--url", at, "--email", SigNozServer.Email], new Dictionary<string, string> { ["SigNoz__Password"] = "wrong-Canary" });
        var stranger = await MigrationsProgram.RunAsync(["signoz", "--url", at, "--email", "stranger@example.com"], new Dictionary<string, string> { ["SigNoz__Password"] = "wrong-Canary" });

        Assert.All([nobody, wrongKey, wrongPassword, stranger], run => Assert.Equal((1, ""), (run.ExitCode, run.Output)));
        Assert.Contains("asks who is there (401: unauthenticated). Set SigNoz__ApiKey", nobody.Error);
        Assert.Contains("asks who is there (401: invalid email or password)", wrongPassword.Error);
        Assert.Equal("SigNoz does not know the user of SigNoz:Email.\n", stranger.Error);
        Assert.DoesNotContain("Canary", wrongKey.Error + wrongPassword.Error + stranger.Error);
        Assert.Empty(server.Writes);
    }

    [Fact]
    public async Task It_waits_for_a_server_that_is_starting_and_not_for_ever()
    {
        await using var server = await SigNozServer.StartAsync();
        var probes = 0;
        server.Instead = context =>
        {
            if (!context.Request.Path.Value!.EndsWith("/healthz", StringComparison.Ordinal) || ++probes > 3)
                return Task.FromResult(false);
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        var waited = await MigrationsProgram.RunAsync(["signoz", "--url", server.Url.ToString()], new Dictionary<string, string> { ["SigNoz__RetryDelay"] = "00:00:00.01" });
        Assert.Equal((0, 4), (waited.ExitCode, probes));

        probes = int.MinValue;
        var gaveUp = await MigrationsProgram.RunAsync(["signoz", "--url", server.Url.ToString()], new Dictionary<string, string> { ["SigNoz__RetryDelay"] = "00:00:00.01", ["SigNoz__Wait"] = "00:00:00.1" });
        Assert.Equal((1, $"SigNoz at {server.Url} was not ready within 0.1 s: it answers, but not all of its parts run yet (GET /api/v2/healthz)\n"), (gaveUp.ExitCode, gaveUp.Error));
    }

    [Fact]
    public async Task All_of_it_has_a_limit()
    {
        await using var server = await SigNozServer.StartAsync();
        server.Instead = async context =>
        {
            if (!context.Request.Path.StartsWithSegments("/api/v2/dashboards"))
                return false;
            var gone = new TaskCompletionSource();
            await using var _ = context.RequestAborted.Register(gone.SetResult);
            await gone.Task;
            return true;
        };

        var run = await MigrationsProgram.RunAsync(["signoz", "--url", server.Url.ToString()], new Dictionary<string, string> { ["SigNoz__Timeout"] = "00:00:00.2" });

        Assert.Equal((1, "It was not done within 0.2 s (SigNoz:Timeout). Run it again: what is done stays done.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Somebody_elses_dashboard_makes_exit_code_1_and_files_of_ones_own_are_applied()
    {
        await using var server = await SigNozServer.StartAsync();
        using var folder = new TemporaryFolder();
        var file = SigNozContent.BuiltIn().Dashboards[0];
        Directory.CreateDirectory(Path.Combine(folder.Path, "dashboards"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "dashboards", "mine.json"), file.Body.ToJsonString());
        string[] command = ["signoz", "--url", server.Url.ToString(), "--from", folder.Path];

        var first = await MigrationsProgram.RunAsync(command);
        Assert.Equal((0, $"dashboard  {file.Name}: created\nSigNoz at {server.Url}: 1 created, 0 changed, 0 were up to date.\n"), (first.ExitCode, first.Output));

        server.Dashboards[0]["tags"] = new System.Text.Json.Nodes.JsonArray();
        var second = await MigrationsProgram.RunAsync(command);
        Assert.Equal((1, $"dashboard '{file.Name}': The dashboard '{file.Name}' exists and was not made by this command. Rename it, or let --adopt replace it.\n"), (second.ExitCode, second.Error));

        var adopting = await MigrationsProgram.RunAsync([.. command, "--adopt"]);
        Assert.Equal(0, adopting.ExitCode);
    }
}
