using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sos.Api.Hosting;
using Sos.Api.Pages.SignIn;
using Sos.Migrations.Embedded;
using Sos.Testing.Npm;
using Sos.Testing.Processes;
using Sos.Workflows.Store;

namespace Sos.Pages.Tests;

/// <summary>
/// The product in one process, with a database of its own, and one Chromium for all tests of this project:
/// <code>
/// [Collection(Browser.Collection)]
/// public sealed class OverviewTests(Browser browser)
/// {
///     [BrowserFact]
///     public async Task It_shows_what_runs()
///     {
///         await using var tab = await browser.OpenAsync("/");           // signed in as the first admin
///         await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();
///         await tab.ExpectAccessibleAsync();                           // axe-core, in the theme of the tab
///     }
/// }
/// </code>
/// Workflows are made and run through <see cref="Api"/>. The samples are there.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Collection = "browser";

    private DirectoryInfo _folder = null!;
    private SingleProcess _process = null!;
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    /// <summary>The API, with an admin's key.</summary>
    public HttpClient Api { get; private set; } = null!;

    public Uri Address => _process.Address.Base;

    /// <summary>axe-core's script; npm brings it.</summary>
    internal string Axe { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Chromium.Path is null)
            return;
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        // Models and services that tests script listen here.
        builder.Configuration["Sos:Outbound:Allow:servers-of-tests"] = "127.0.0.1";
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        _folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"sos-pages-{Guid.NewGuid():N}"));
        _process = await SingleProcess.StartAsync(builder, new EmbeddedPostgresOptions { DataRoot = _folder.FullName, Ephemeral = true, Durable = false }, CancellationToken.None);
        Api = new HttpClient { BaseAddress = Address, DefaultRequestHeaders = { { "X-API-Key", _process.Key } } };
        Axe = await File.ReadAllTextAsync(Path.Combine(await NpmPackages.InstallAsync("axe-core-4.14.1", "axe-core@4.14.1"), "axe-core", "axe.min.js"));
        _playwright = await Playwright.CreateAsync();
        Microsoft.Playwright.Assertions.SetDefaultExpectTimeout(20_000);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium.Path,
            Args = Chromium.Arguments,
        });
    }

    public async Task DisposeAsync()
    {
        if (_process is null)
            return;
        await _browser.DisposeAsync();
        _playwright.Dispose();
        Api.Dispose();
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>A tab of its own, signed in as the first admin.</summary>
    /// <param name="path">The page to open.</param>
    /// <param name="theme">Light or dark.</param>
    /// <param name="width">The window's width in CSS pixels.</param>
    /// <param name="height">Its height.</param>
    /// <param name="key">Another key to sign in with.</param>
    public async Task<Tab> OpenAsync(string path, ColorScheme theme = ColorScheme.Light, int width = 1280, int height = 800, string? key = null)
    {
        var tab = await OpenSignedOutAsync(theme, width, height);
        var link = _process.App.Services.GetRequiredService<SignInLink>();
        // One link holds at a time, so it is made and used in one turn.
        await Turn.WaitAsync();
        try
        {
            await tab.Page.GotoAsync(link.Create(ApiKeyStore.Hash(key ?? _process.Key)));
        }
        finally
        {
            Turn.Release();
        }
        if (path != "/")
            await tab.Page.GotoAsync(path);
        return tab;
    }

    /// <summary>The same for a page that is to be used: it takes clicks and keys when this ends.</summary>
    public async Task<Tab> OpenLiveAsync(string path, string? key = null)
    {
        var tab = await OpenAsync("/", key: key);
        await tab.GoAsync(path);
        return tab;
    }

    /// <summary>A tab of its own that nobody has signed in.</summary>
    public async Task<Tab> OpenSignedOutAsync(ColorScheme theme = ColorScheme.Light, int width = 1280, int height = 800)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Address.ToString(),
            ColorScheme = theme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            TimezoneId = "Europe/Berlin",
            Locale = "en-GB",
            ReducedMotion = ReducedMotion.Reduce,
            BypassCSP = false,
        });
        context.SetDefaultTimeout(20_000);
        return new Tab(this, context, await context.NewPageAsync());
    }

    /// <summary>The id of a workflow by its name.</summary>
    public async Task<string> WorkflowAsync(string name) =>
        (await GetAsync($"/api/v1/workflows?name={Uri.EscapeDataString(name)}")).GetProperty("items").EnumerateArray().First(w => w.GetProperty("name").GetString() == name).GetProperty("id").GetString()!;

    /// <summary>Saves a workflow; the answer is its id.</summary>
    public async Task<string> SaveAsync(string definition) => (await PostAsync("/api/v1/workflows", definition)).GetProperty("id").GetString()!;

    /// <summary>Runs a workflow and waits for its end, or as long as is said.</summary>
    public Task<JsonElement> RunAsync(string workflowId, string input = "{}", string wait = "30s") => PostAsync($"/api/v1/workflows/{workflowId}/executions?wait={wait}", $$"""{"input": {{input}}}""");

    /// <summary>A workspace of its own, with one key of a role.</summary>
    public async Task<string> NewWorkspaceAsync(string role = "admin")
    {
        Guid organization = Guid.CreateVersion7(), workspace = Guid.CreateVersion7(), user = Guid.CreateVersion7();
        await using var database = NpgsqlDataSource.Create(_process.App.Configuration.GetConnectionString("sos")!);
        await using var command = database.CreateCommand($"""
            insert into organizations (id, name) values ('{organization}', 'other');
            insert into workspaces (id, organization_id, name) values ('{workspace}', '{organization}', 'other');
            insert into users (id, display_name) values ('{user}', 'somebody');
            insert into memberships (workspace_id, user_id, role) values ('{workspace}', '{user}', '{role}')
            """);
        await command.ExecuteNonQueryAsync();
        var (_, key) = await _process.App.Services.GetRequiredService<ApiKeyStore>().CreateAsync(workspace, user, role, role, null, CancellationToken.None);
        return key;
    }

    /// <summary>A secret of a credential of the first workspace, as executors get it.</summary>
    public async Task<string?> OpenSecretAsync(string credential, string secret)
    {
        var who = await _process.App.Services.GetRequiredService<ApiKeyStore>().FindAsync(ApiKeyStore.Hash(_process.Key), CancellationToken.None);
        return (await _process.App.Services.GetRequiredService<CredentialVault>().FindAsync(who!.WorkspaceId, credential, CancellationToken.None))?.Secret(secret);
    }

    public async Task<JsonElement> GetAsync(string path) => JsonElement.Parse(await Api.GetStringAsync(path));

    public async Task<JsonElement> PostAsync(string path, string body)
    {
        using var answer = await Api.PostAsync(path, JsonContent.Create(JsonElement.Parse(body)));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"POST {path}: {(int)answer.StatusCode} {text}");
        return JsonElement.Parse(text);
    }

    private static readonly SemaphoreSlim Turn = new(1, 1);
}

[CollectionDefinition(Browser.Collection)]
public sealed class BrowserCollection : ICollectionFixture<Browser>;
