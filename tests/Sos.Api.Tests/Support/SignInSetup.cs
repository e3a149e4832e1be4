using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Sos.Testing.OAuth;
using Sos.Testing.Postgres;

namespace Sos.Api.Tests.Support;

/// <summary>A workspace with a credential that somebody signs in with, at an authorization server of its own.</summary>
internal sealed partial class SignInSetup : IAsyncDisposable
{
    private static readonly Lazy<Task<ApiHost>> Shared = new(() => StartHostAsync());

    private SignInSetup(ApiClient client, OAuthServer server, HttpClient browser) => (Client, Server, Browser) = (client, server, browser);

    public ApiClient Client { get; }

    public OAuthServer Server { get; }

    /// <summary>Follows nothing by itself.</summary>
    public HttpClient Browser { get; }

    /// <summary>A host whose executor may call servers of this machine.</summary>
    public static Task<ApiHost> StartHostAsync(Action<WebApplicationBuilder>? configure = null, bool executes = true, TestDatabase? database = null) => ApiHost.StartAsync(executes, builder =>
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Sos:Outbound:Allow:1"] = "127.0.0.1", ["Sos:Outbound:Allow:2"] = "localhost" });
        configure?.Invoke(builder);
    }, database);

    public static async Task<SignInSetup> StartAsync(ApiHost? host = null, string settings = "", string? secrets = null)
    {
        host ??= await Shared.Value;
        var server = await OAuthServer.StartAsync();
        server.RedirectUri = new Uri(host.Address, "/oauth2/callback").ToString();
        var setup = new SignInSetup(await host.NewWorkspaceAsync(), server, new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }));
        (await setup.Client.PostAsync("/credentials", setup.Definition(settings, secrets))).Expect(HttpStatusCode.Created);
        return setup;
    }

    /// <summary>The credential as it is saved.</summary>
    public string Definition(string settings = "", string? secrets = null) => $$"""
        { "name": "crm", "type": "oauth2", "allowedHosts": ["{{Server.Url}}"],
          "settings": { "grant": "authorization_code", "authorizationUrl": "{{Server.Url}}/authorize", "tokenUrl": "{{Server.Url}}/token", "clientId": "{{OAuthServer.ClientId}}",
                        "scope": "read write", "authorizeParameters": "access_type=offline&prompt=consent"{{(settings.Length == 0 ? "" : ", " + settings)}} },
          "secrets": {{secrets ?? $$"""{ "clientSecret": "{{OAuthServer.ClientSecret}}" }"""}} }
        """;

    /// <summary>Asks where to sign in.</summary>
    public async Task<string> AuthorizeAsync() => (await Client.PostAsync("/credentials/crm/authorize")).Expect(HttpStatusCode.OK)["authorizationUrl"].GetString()!;

    /// <summary>Goes to the authorization server, and says where it sends the browser back to.</summary>
    public async Task<Uri> VisitAsync(string authorizationUrl)
    {
        using var answer = await Browser.GetAsync(authorizationUrl);
        Assert.True(answer.StatusCode == HttpStatusCode.Found, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!;
    }

    /// <summary>Comes back.</summary>
    public async Task<Page> ReturnAsync(Uri location)
    {
        using var answer = await Browser.GetAsync(location);
        return new Page((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.NonValidated.ToDictionary(h => h.Key, h => h.Value.ToString()));
    }

    /// <summary>Goes all the way.</summary>
    public async Task<Page> SignInAsync() => await ReturnAsync(await VisitAsync(await AuthorizeAsync()));

    /// <summary>The credential's <c>signIn</c>.</summary>
    public async Task<System.Text.Json.JsonElement> StateAsync() => (await Client.GetAsync("/credentials/crm")).Expect(HttpStatusCode.OK)["signIn"];

    /// <summary>Has a node ask the server who is signed in.</summary>
    public async Task<System.Text.Json.JsonElement> AskAsync(ApiClient? client = null) => await (client ?? Client).RunAsync(await (client ?? Client).SaveAsync(
        $$"""{ "name": "ask-{{Guid.NewGuid()}}", "nodes": [ { "id": "n", "type": "http", "config": { "url": "{{Server.Url}}/me", "credential": "crm" } } ], "output": "{{"{{ steps.n.body }}"}}" }"""));

    /// <summary>The types of events about credentials, in their order.</summary>
    public async Task<string[]> EventsAsync() => (await Client.Host.Database.QueryAsync<string>(
        $"select coalesce(string_agg(event_type, ' ' order by id), '') from event_logs where workspace_id = '{Client.Workspace}' and event_type like 'credential_sign%'"))!.Split(' ');

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>What a person sees.</summary>
    public sealed partial record Page(int Status, string Html, IReadOnlyDictionary<string, string> Headers)
    {
        public string Title => Heading().Match(Html).Groups[1].Value;

        [GeneratedRegex("<h1>(.*?)</h1>")]
        private static partial Regex Heading();
    }
}
