using Microsoft.AspNetCore.Http;
using Sos.Executors.Tests.Engine;
using Sos.Executors.Tests.Nodes.Http;
using Sos.Workflows.Store;

namespace Sos.Executors.Tests.Credentials;

/// <summary>What tests come to is kept with the credential, by whatever workflow they were made.</summary>
public sealed class CredentialLastTestTests
{
    private const string Canary = "canary-value-1234";

    [Fact]
    public async Task A_test_is_kept_with_when_it_was_and_how_it_went_and_without_the_secret()
    {
        var status = StatusCodes.Status403Forbidden;
        await using var target = await HttpTarget.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("crm", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, target.Url);
        Assert.Null(await LastTestAsync(engine));

        await TestAsync(engine, $"{target.Url}/of/{Canary}/me");
        var failed = (await LastTestAsync(engine))!;
        Assert.Equal((false, "http_403", $"GET {target.Url}/of/***/me answered 403: the service refuses the credential, or what it may not do."), (failed.Ok, failed.Code, failed.Message));

        status = StatusCodes.Status204NoContent;
        await TestAsync(engine, target.Url + "/me");
        var worked = (await LastTestAsync(engine))!;
        Assert.Equal((true, null, $"GET {target.Url}/me answered 204."), (worked.Ok, worked.Code, worked.Message));
        Assert.True(worked.At > failed.At);
    }

    [Fact]
    public async Task One_that_can_not_even_be_read_was_tested_too()
    {
        await using var engine = await CredentialEngine.StartAsync();
        await engine.SaveAsync("crm", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, "api.example.com");
        await engine.Engine.Database.ExecuteAsync("update credentials set secret = '\\x00' || secret");

        await TestAsync(engine, null);
        var kept = (await LastTestAsync(engine))!;
        Assert.Equal((false, "credential_unreadable"), (kept.Ok, kept.Code));
    }

    [Fact]
    public async Task Another_secret_ends_what_a_test_said_and_one_under_way_says_nothing_of_it()
    {
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        answer.SetResult();
        await using var target = await HttpTarget.StartAsync(async _ =>
        {
            asked.TrySetResult();
            await answer.Task;
        });
        await using var engine = await CredentialEngine.StartAsync();
        var id = await engine.SaveAsync("crm", "bearer", "{}", $$"""{"token": "{{Canary}}"}""", null, target.Url);
        await TestAsync(engine, target.Url);
        Assert.True((await LastTestAsync(engine))!.Ok);

        (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        var underWay = TestAsync(engine, target.Url);
        await asked.Task.WaitAsync(EngineHost.Patience);
        await engine.ChangeAsync(id, "crm", "bearer", "{}", """{"token": "another-value-5678"}""", target.Url);
        Assert.Null(await LastTestAsync(engine));
        answer.SetResult();
        await underWay;
        Assert.Null(await LastTestAsync(engine));

        await TestAsync(engine, target.Url);
        Assert.True((await LastTestAsync(engine))!.Ok);
    }

    private static async Task<CredentialLastTest?> LastTestAsync(CredentialEngine engine) => (await engine.FindAsync("crm"))!.LastTest;

    private static async Task TestAsync(CredentialEngine engine, string? url)
    {
        var address = url is null ? "" : $", \"url\": \"{url}\"";
        var id = await engine.Engine.StartAsync($$"""{ "name": "w{{Guid.NewGuid()}}", "nodes": [ { "id": "test", "type": "credentials", "config": { "action": "test", "credential": "crm"{{address}} } } ] }""");
        var row = await engine.Engine.EndAsync(id);
        Assert.Equal("completed", row.Status);
    }
}
