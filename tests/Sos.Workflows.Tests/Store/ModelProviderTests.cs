using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sos.Workflows.Models;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class ModelProviderTests : IAsyncLifetime
{
    private const string ApiKey = "sk-a-very-secret-key";

    private static readonly string FirstKey = KeyRing.Generate("one");

    private readonly KeyRing keys = KeyRing.Parse([FirstKey]);
    private ModelDatabase models = null!;
    private ModelProviderStore store = null!;
    private ProviderConnections connections = null!;

    public async Task InitializeAsync()
    {
        models = await ModelDatabase.CreateAsync();
        store = new ModelProviderStore(models.Api, keys);
        connections = new ProviderConnections(models.Executor, keys);
    }

    public Task DisposeAsync() => models.DisposeAsync().AsTask();

    [Fact]
    public async Task An_executor_finds_a_connection_with_its_key_in_its_own_workspace()
    {
        await SaveAsync("openai", """{"organization": "org-1"}""");
        var found = await connections.FindAsync(models.Workspace, "openai", CancellationToken.None);
        Assert.Equal((ProviderKind.OpenAI, ApiKey, "org-1"), (found!.Kind, found.ApiKey, found.Settings.GetProperty("organization").GetString()));
        Assert.Null(await connections.FindAsync(models.OtherWorkspace, "openai", CancellationToken.None));
        Assert.Null(await connections.FindAsync(models.Workspace, "anthropic", CancellationToken.None));
        await SaveAsync("anthropic");
        Assert.Equal(["anthropic", "openai"], await connections.NamesAsync(models.Workspace, CancellationToken.None));
        Assert.Empty(await connections.NamesAsync(models.OtherWorkspace, CancellationToken.None));
    }

    [Fact]
    public async Task A_secret_that_was_copied_to_another_row_does_not_open()
    {
        await SaveAsync("openai");
        await models.Database.ExecuteAsync($"""
            insert into model_providers (id, workspace_id, name, kind, secret) select gen_random_uuid(), '{models.OtherWorkspace}', name, kind, secret from model_providers
            """);
        var refusal = await Assert.ThrowsAsync<SecretException>(() => connections.FindAsync(models.OtherWorkspace, "openai", CancellationToken.None));
        Assert.Equal(SecretException.DoesNotOpen, refusal.Code);
        Assert.DoesNotContain(ApiKey, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotation_leaves_every_secret_open_with_the_new_key_alone()
    {
        for (var i = 0; i < 3; i++)
            await SaveAsync($"p{i}");
        await models.Database.ExecuteAsync("insert into model_providers (id, workspace_id, name, kind) select gen_random_uuid(), workspace_id, 'keyless', kind from model_providers where name = 'p0'");
        var next = KeyRing.Generate("two");
        var report = (await new SecretRotation(models.Database.DataSource, KeyRing.Parse([next, FirstKey])).RewrapAsync(CancellationToken.None)).Single(r => r.Table == "model_providers");
        Assert.Equal((3, 0, 0), (report.Rewrapped, report.Current, report.Failures.Count));
        var onlyNew = new ProviderConnections(models.Executor, KeyRing.Parse([next]));
        for (var i = 0; i < 3; i++)
            Assert.Equal(ApiKey, (await onlyNew.FindAsync(models.Workspace, $"p{i}", CancellationToken.None))?.ApiKey);

        var again = (await new SecretRotation(models.Database.DataSource, KeyRing.Parse([next])).RewrapAsync(CancellationToken.None)).Single(r => r.Table == "model_providers");
        Assert.Equal((0, 3), (again.Rewrapped, again.Current));
    }

    [Fact]
    public async Task Rotation_without_the_old_key_changes_nothing_and_says_which_key_is_missing()
    {
        await SaveAsync("openai");
        var report = (await new SecretRotation(models.Database.DataSource, KeyRing.Parse([KeyRing.Generate("two")])).RewrapAsync(CancellationToken.None)).Single(r => r.Table == "model_providers");
        Assert.Equal(0, report.Rewrapped);
        Assert.Contains("'one'", Assert.Single(report.Failures), StringComparison.Ordinal);
        Assert.Equal(ApiKey, (await connections.FindAsync(models.Workspace, "openai", CancellationToken.None))?.ApiKey);
        await Assert.ThrowsAsync<SecretException>(() => new SecretRotation(models.Database.DataSource, KeyRing.Empty).RewrapAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Whether_content_is_kept_is_known_within_five_seconds()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
        var setting = new ModelContentSetting(models.Executor, clock);
        Assert.False(await setting.KeepsAsync(models.Workspace, CancellationToken.None));
        await new WorkspaceStore(models.Api).KeepModelContentAsync(models.Who, true, CancellationToken.None);
        Assert.False(await setting.KeepsAsync(models.Workspace, CancellationToken.None));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await setting.KeepsAsync(models.Workspace, CancellationToken.None));
        Assert.False(await setting.KeepsAsync(models.OtherWorkspace, CancellationToken.None));
        Assert.False(await setting.KeepsAsync(Guid.CreateVersion7(), CancellationToken.None));
    }

    [Fact]
    public async Task The_last_messages_of_a_conversation_come_in_their_order()
    {
        var execution = Guid.CreateVersion7();
        for (var i = 0; i < 5; i++)
            await MessageAsync(models.Workspace, "helper", "c1", execution, i);
        await MessageAsync(models.Workspace, "helper", "c2", execution, 5);
        await MessageAsync(models.Workspace, "other", "c1", execution, 6);
        await MessageAsync(models.OtherWorkspace, "helper", "c1", execution, 7);
        var conversations = new Conversations(models.Executor);
        Assert.Equal([2, 3, 4], (await conversations.LastAsync(models.Workspace, "helper", "c1", 3, CancellationToken.None)).Select(m => m.GetProperty("n").GetInt32()));
        Assert.Equal(5, (await conversations.LastAsync(models.Workspace, "helper", "c1", 100, CancellationToken.None)).Count);
        Assert.Empty(await conversations.LastAsync(models.Workspace, "nobody", "c1", 100, CancellationToken.None));
    }

    private async Task SaveAsync(string name, string settings = "{}") => Assert.IsType<SaveProviderResult.Saved>(await store.CreateAsync(models.Who, new ModelProviderDraft
    {
        Name = name, Kind = ProviderKind.OpenAI, Settings = JsonElement.Parse(settings), ApiKey = ApiKey,
    }, CancellationToken.None));

    private Task MessageAsync(Guid workspace, string agent, string conversation, Guid execution, int n) => models.Database.ExecuteAsync(
        $$"""insert into conversation_messages (workspace_id, agent_id, conversation, execution_id, node_id, iteration, position, message) values ('{{workspace}}', '{{agent}}', '{{conversation}}', '{{execution}}', 'n', '', {{n}}, '{"n": {{n}}}')""");
}
