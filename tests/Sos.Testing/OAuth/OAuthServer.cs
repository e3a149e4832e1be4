using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sos.Testing.OAuth;

/// <summary>
/// An authorization server on a free local port, with a resource (<c>/me</c>) behind its tokens. Whoever comes to
/// <c>/authorize</c> is signed in at once. It checks what RFC 6749 and RFC 7636 say a server checks, with code of its own.
/// </summary>
public sealed class OAuthServer : IAsyncDisposable
{
    public const string ClientId = "sos client";
    public const string ClientSecret = "client/Canary+5ecret";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Grant> codes = [];
    private readonly ConcurrentDictionary<string, bool> accessTokens = [];
    private readonly ConcurrentDictionary<string, bool> refreshTokens = [];
    private int counter;

    private OAuthServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    /// <summary>Starts a server.</summary>
    public static async Task<OAuthServer> StartAsync()
    {
        var server = new OAuthServer();
        await server.app.StartAsync();
        server.Url = server.app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        return server;
    }

    /// <summary>Where it listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The redirect URI that the client registered.</summary>
    public string RedirectUri { get; set; } = "";

    /// <summary>Whether the client sends its secret in the form, and not in a header.</summary>
    public bool ClientSecretInBody { get; set; }

    /// <summary>How long access tokens hold, in seconds; null for tokens that nobody says it of, without refresh tokens.</summary>
    public int? Lifetime { get; set; } = 3600;

    /// <summary>What it calls itself in redirects; null for not at all.</summary>
    public string? Issuer { get; set; }

    /// <summary>What is answered to the next requests for tokens instead.</summary>
    public ConcurrentQueue<(int Status, string Body)> Refusals { get; } = [];

    /// <summary>The error that people come back with instead of a code.</summary>
    public string? Declines { get; set; }

    /// <summary>The requests to the authorization endpoint: their parameters.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Authorizations { get; } = [];

    /// <summary>The requests for tokens: their forms.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> TokenRequests { get; } = [];

    /// <summary>Everything that must stay secret: codes, verifiers and tokens.</summary>
    public ConcurrentQueue<string> Secrets { get; } = new([ClientSecret]);

    /// <summary>Makes every refresh token worthless.</summary>
    public void Revoke() => refreshTokens.Clear();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private Task HandleAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/authorize" => AuthorizeAsync(context),
        "/token" => TokenAsync(context),
        "/me" => MeAsync(context),
        _ => AnswerAsync(context, 404, "{}"),
    };

    private Task AuthorizeAsync(HttpContext context)
    {
        var asked = context.Request.Query.ToDictionary(p => p.Key, p => p.Value.ToString());
        Authorizations.Enqueue(asked);
        // What is wrong with the client or the redirect URI is told to the person, and to nobody else (RFC 6749 §4.1.2.1).
        if (asked.GetValueOrDefault("client_id") != ClientId || asked.GetValueOrDefault("redirect_uri") != RedirectUri)
            return AnswerAsync(context, 400, """{"error": "unknown client or redirect URI"}""");
        var back = new Dictionary<string, string?> { ["state"] = asked.GetValueOrDefault("state"), ["iss"] = Issuer };
        var error = Declines
            ?? (asked.GetValueOrDefault("response_type") == "code" && asked.GetValueOrDefault("code_challenge_method") == "S256" && asked.GetValueOrDefault("code_challenge") is { Length: 43 }
                ? null : "invalid_request");
        if (error is not null)
        {
            back["error"] = error;
            back["error_description"] = "<script>alert('no')</script>";
        }
        else
        {
            var code = New("code");
            codes[code] = new Grant(asked["redirect_uri"], asked["code_challenge"], asked.GetValueOrDefault("scope") ?? "");
            back["code"] = code;
        }
        context.Response.Redirect(asked["redirect_uri"] + "?" + string.Join('&', back.Where(p => p.Value is not null).Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!)}")));
        return Task.CompletedTask;
    }

    private async Task TokenAsync(HttpContext context)
    {
        var form = (await context.Request.ReadFormAsync()).ToDictionary(p => p.Key, p => p.Value.ToString());
        TokenRequests.Enqueue(form);
        if (form.TryGetValue("code_verifier", out var sent))
            Secrets.Enqueue(sent);
        if (Refusals.TryDequeue(out var refusal))
        {
            await AnswerAsync(context, refusal.Status, refusal.Body);
            return;
        }
        if (!IsClient(context.Request, form))
        {
            await AnswerAsync(context, 401, """{"error": "invalid_client"}""");
            return;
        }
        var scope = form.GetValueOrDefault("grant_type") switch
        {
            // Each is good once.
            "authorization_code" when codes.TryRemove(form.GetValueOrDefault("code", ""), out var grant)
                && form.GetValueOrDefault("redirect_uri") == grant.RedirectUri
                && Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form.GetValueOrDefault("code_verifier", "")))) == grant.Challenge => grant.Scope,
            "refresh_token" when refreshTokens.TryRemove(form.GetValueOrDefault("refresh_token", ""), out _) => "",
            _ => null,
        };
        await (scope is null ? AnswerAsync(context, 400, """{"error": "invalid_grant"}""") : AnswerAsync(context, 200, Tokens(scope)));
    }

    private string Tokens(string scope)
    {
        var access = New("access");
        accessTokens[access] = true;
        var answer = new Dictionary<string, object> { ["access_token"] = access, ["token_type"] = "bearer" };
        if (scope.Length > 0)
            answer["scope"] = scope;
        if (Lifetime is { } lifetime)
        {
            var refresh = New("refresh");
            refreshTokens[refresh] = true;
            (answer["expires_in"], answer["refresh_token"]) = (lifetime, refresh);
        }
        return JsonSerializer.Serialize(answer);
    }

    private Task MeAsync(HttpContext context)
    {
        var isKnown = accessTokens.ContainsKey(context.Request.Headers.Authorization.ToString()["Bearer ".Length..]);
        return AnswerAsync(context, isKnown ? 200 : 401, """{"name": "Ann"}""");
    }

    private bool IsClient(HttpRequest request, Dictionary<string, string> form) => ClientSecretInBody
        ? form.GetValueOrDefault("client_id") == ClientId && form.GetValueOrDefault("client_secret") == ClientSecret && request.Headers.Authorization.Count == 0
        : request.Headers.Authorization == "Basic " + Convert.ToBase64String("sos+client:client%2FCanary%2B5ecret"u8) && !form.ContainsKey("client_secret");

    private string New(string what)
    {
        var secret = $"{what}-Canary-{Interlocked.Increment(ref counter)}-{Guid.NewGuid():N}";
        Secrets.Enqueue(secret);
        return secret;
    }

    private static Task AnswerAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    private sealed record Grant(string RedirectUri, string Challenge, string Scope);
}
