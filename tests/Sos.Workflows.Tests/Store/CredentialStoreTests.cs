using System.Text;
using Npgsql;
using Sos.Workflows.Credentials;
using Sos.Workflows.Secrets;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class CredentialStoreTests : IAsyncLifetime
{
    private const string Token = "never-to-be-seen-1234";

    private static readonly string FirstKey = KeyRing.Generate("one");
    private static readonly KeyRing Keys = KeyRing.Parse([FirstKey]);

    private ModelDatabase models = null!;
    private CredentialStore store = null!;
    private CredentialVault vault = null!;

    public async Task InitializeAsync()
    {
        models = await ModelDatabase.CreateAsync();
        store = new CredentialStore(models.Api, Keys);
        vault = new CredentialVault(models.Executor, Keys, TimeProvider.System);
    }

    public async Task DisposeAsync() => await models.DisposeAsync();

    [Fact]
    public async Task What_is_stored_is_sealed_opens_for_an_executor_and_not_for_another_workspace()
    {
        await SaveAsync();
        var stored = await models.Database.QueryAsync<byte[]>("select secret from credentials");
        Assert.DoesNotContain("never", Encoding.Latin1.GetString(stored!), StringComparison.Ordinal);
        Assert.Equal(Token, (await FindAsync())?.Secret("token"));
        Assert.Null(await vault.FindAsync(models.OtherWorkspace, "billing", CancellationToken.None));
    }

    [Fact]
    public async Task A_secret_that_was_copied_to_another_row_does_not_open()
    {
        await SaveAsync();
        await models.Database.ExecuteAsync($"""
            insert into credentials (id, workspace_id, name, type, settings, allowed_hosts, secret_names, secret)
            select gen_random_uuid(), '{models.OtherWorkspace}', name, type, settings, allowed_hosts, secret_names, secret from credentials
            """);
        var refusal = await Assert.ThrowsAsync<SecretException>(() => vault.FindAsync(models.OtherWorkspace, "billing", CancellationToken.None));
        Assert.Equal(SecretException.DoesNotOpen, refusal.Code);
    }

    [Fact]
    public async Task A_token_does_not_open_as_a_secret()
    {
        await SaveAsync();
        await RenewAsync("an-access-token");
        await models.Database.ExecuteAsync("update credentials set secret = token");
        await Assert.ThrowsAsync<SecretException>(() => vault.FindAsync(models.Workspace, "billing", CancellationToken.None));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("token")]
    public async Task The_api_can_not_read_what_it_wrote(string column)
    {
        await SaveAsync();
        await using var batch = models.Api.In(models.Workspace);
        batch.Add($"select {column} from credentials");
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteNonQueryAsync(CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task Use_is_noted_to_a_minute()
    {
        var id = (await SaveAsync()).Id;
        Assert.Null((await store.GetAsync(models.Workspace, id, CancellationToken.None))!.LastUsedAt);
        await FindAsync();
        var used = (await store.GetAsync(models.Workspace, id, CancellationToken.None))!.LastUsedAt;
        Assert.NotNull(used);
        await FindAsync();
        Assert.Equal(used, (await store.GetAsync(models.Workspace, id, CancellationToken.None))!.LastUsedAt);
        await models.Database.ExecuteAsync("update credentials set last_used_at = now() - interval '2 minutes'");
        await FindAsync();
        Assert.True((await store.GetAsync(models.Workspace, id, CancellationToken.None))!.LastUsedAt >= used);
    }

    [Fact]
    public async Task Rotation_seals_secrets_and_tokens_anew()
    {
        await SaveAsync();
        await RenewAsync("an-access-token");
        var next = KeyRing.Generate("two");
        var reports = await new SecretRotation(models.Database.DataSource, KeyRing.Parse([next, FirstKey])).RewrapAsync(CancellationToken.None);
        Assert.Equal([("credentials", 1), ("credentials.token", 1), ("credential_sign_ins.verifier", 0), ("credential_sign_ins.code", 0)], reports.Where(r => r.Table.StartsWith("credential", StringComparison.Ordinal)).Select(r => (r.Table, r.Rewrapped)));
        var found = await new CredentialVault(models.Executor, KeyRing.Parse([next]), TimeProvider.System).FindAsync(models.Workspace, "billing", CancellationToken.None);
        Assert.Equal((Token, "an-access-token"), (found?.Secret("token"), found?.AccessToken));
    }

    [Fact]
    public async Task Of_many_that_need_a_token_one_fetches_it_and_the_others_find_it()
    {
        var id = (await SaveAsync()).Id;
        var fetches = 0;
        var tokens = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => (await vault.RenewAsync(
            id,
            c => c.AccessToken is not null,
            _ => Task.FromResult(new AccessToken($"token-{Interlocked.Increment(ref fetches)}", DateTimeOffset.UnixEpoch, null)),
            CancellationToken.None))!.AccessToken));
        Assert.Equal(1, fetches);
        Assert.All(tokens, t => Assert.Equal("token-1", t));
    }

    [Fact]
    public async Task A_token_that_can_not_be_fetched_leaves_the_credential_as_it_was_and_unlocked()
    {
        var id = (await SaveAsync()).Id;
        await Assert.ThrowsAsync<InvalidOperationException>(() => vault.RenewAsync(id, _ => false, _ => throw new InvalidOperationException(), CancellationToken.None));
        Assert.Null((await FindAsync())!.AccessToken);
        await RenewAsync("an-access-token");
        Assert.Equal("an-access-token", (await FindAsync())!.AccessToken);
    }

    [Fact]
    public async Task A_refresh_token_that_replaces_another_is_kept_with_the_token()
    {
        await SaveAsync();
        await RenewAsync("an-access-token", "the-next-refresh-token");
        var found = await FindAsync();
        Assert.Equal((Token, "the-next-refresh-token"), (found!.Secret("token"), found.Secret("refreshToken")));
    }

    [Fact]
    public async Task New_secrets_forget_the_token_that_was_fetched_with_the_old_ones()
    {
        var id = (await SaveAsync()).Id;
        await RenewAsync("an-access-token");
        Assert.IsType<SaveCredentialResult.Saved>(await store.UpdateAsync(models.Who, id, Draft() with { Name = "renamed", Secrets = null }, CancellationToken.None));
        Assert.Equal("an-access-token", (await vault.FindAsync(models.Workspace, "renamed", CancellationToken.None))!.AccessToken);
        Assert.IsType<SaveCredentialResult.Saved>(await store.UpdateAsync(models.Who, id, Draft(), CancellationToken.None));
        Assert.Null((await FindAsync())!.AccessToken);
    }

    [Fact]
    public void Nothing_prints_a_secret()
    {
        var credential = new Credential
        {
            Id = Guid.Empty, WorkspaceId = Guid.Empty, Name = "n", Type = "bearer", AllowedHosts = [], AccessToken = Token,
            Settings = new Dictionary<string, string>(), Secrets = new Dictionary<string, string> { ["token"] = Token },
        };
        var input = new CredentialInput { Name = "n", Type = "bearer", Secrets = credential.Secrets };
        foreach (var text in (string[])[credential.ToString(), Draft().ToString(), input.ToString(), new AccessToken(Token, default, Token).ToString()])
            Assert.DoesNotContain("never", text, StringComparison.Ordinal);
    }

    private static CredentialDraft Draft() => new()
    {
        Name = "billing", Type = "bearer", Settings = new Dictionary<string, string>(), AllowedHosts = ["api.example.com"],
        Secrets = new Dictionary<string, string> { ["token"] = Token },
    };

    private async Task<StoredCredential> SaveAsync() =>
        Assert.IsType<SaveCredentialResult.Saved>(await store.CreateAsync(models.Who, Draft(), CancellationToken.None)).Credential;

    private Task<Credential?> FindAsync() => vault.FindAsync(models.Workspace, "billing", CancellationToken.None);

    private async Task RenewAsync(string token, string? refreshToken = null)
    {
        var id = (await FindAsync())!.Id;
        await vault.RenewAsync(id, _ => false, _ => Task.FromResult(new AccessToken(token, DateTimeOffset.UnixEpoch, refreshToken)), CancellationToken.None);
    }
}
