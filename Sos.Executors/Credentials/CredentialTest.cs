using System.Globalization;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Http;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;
using Sos.Workflows.Json;
using Sos.Workflows.Store;

namespace Sos.Executors.Credentials;

/// <summary>Proves that a credential works, as far as that can be had without doing anything with it.</summary>
internal sealed class CredentialTest(CredentialAccess access, CredentialVault vault, OutboundHttp http, PostgresProbe postgres, TimeProvider time)
{
    /// <summary>How long a service may take to answer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private const int MaxMessage = 2_000;

    /// <summary>Tests a credential, and keeps with it what that came to, whether or not anybody waits for it.</summary>
    /// <param name="context">The node.</param>
    /// <param name="name">The credential's name.</param>
    /// <param name="url">What to ask a service for with it; null for the credential's own setting.</param>
    /// <param name="cancellationToken">Gives up; it takes less than a minute in any case.</param>
    public async Task<CredentialTestOutput> RunAsync(NodeContext context, string name, string? url, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var tested = await vault.BeginTestAsync(context.Execution.WorkspaceId, name, cancellationToken);
        CredentialTestOutput output;
        using var deadline = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            output = await ProveAsync(context, name, url, either.Token);
        }
        catch (CredentialException e)
        {
            output = new CredentialTestOutput { Ok = false, Code = e.Error.Code, Message = e.Error.Message };
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            output = new CredentialTestOutput { Ok = false, Code = "timeout", Message = $"The other side did not answer within {Timeout.TotalSeconds:0} s." };
        }
        if (tested is not null)
            await vault.KeepTestAsync(tested, output.Ok, output.Code, Storable(context.Secrets.Apply(output.Message)), cancellationToken);
        return output with { LatencyMs = Math.Round(time.GetElapsedTime(start).TotalMilliseconds, 2) };
    }

    private async Task<CredentialTestOutput> ProveAsync(NodeContext context, string name, string? url, CancellationToken cancellationToken)
    {
        var credential = await access.ProveAsync(context, name, cancellationToken);
        url ??= credential.Setting(CredentialType.TestUrl);
        switch (credential.Type)
        {
            case CredentialType.Postgres:
                return await postgres.ConnectAsync(await context.UseLoginAsync(name, cancellationToken), cancellationToken);
            case CredentialType.Custom:
                return Fine("It can be read. Only the node that uses it can tell whether it works: a credential of type custom has no way of being sent.");
            case not null when url is not null:
                return await AskAsync(context, name, url, cancellationToken);
            case CredentialType.OAuth2:
                return Fine(credential.CanRenew
                    ? $"{OutboundUrl.Short(new Uri(credential.Setting("tokenUrl")!))} gave a token{Until(credential)}."
                    : $"Somebody is signed in{Until(credential)}. Whether the service still accepts that, only a request can tell: give testUrl.");
            default:
                return Fine("It can be read. Whether the service accepts it, only a request can tell: give testUrl, an address on one of its allowedHosts that needs it.");
        }
    }

    private async Task<CredentialTestOutput> AskAsync(NodeContext context, string name, string text, CancellationToken cancellationToken)
    {
        if (!OutboundUrl.TryParse(text, out var url, out var problem))
            return new CredentialTestOutput { Ok = false, Code = "invalid_url", Message = problem };
        var credential = await context.UseCredentialAsync(name, url, cancellationToken);
        try
        {
            var request = HttpRequestFactory.Create(
                new HttpConfig { Url = text, FollowRedirects = false }, HttpCredential.Of(credential), HttpRequestBody.None, context.IdempotencyKey, context.Secrets);
            using var response = await http.SendAsync(request, cancellationToken);
            var status = (int)response.StatusCode;
            var asked = $"GET {OutboundUrl.Short(url)} answered {status}";
            return new CredentialTestOutput
            {
                Ok = response.IsSuccessStatusCode,
                Status = status,
                Code = response.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"http_{status}"),
                Message = status switch
                {
                    >= 200 and < 300 => $"{asked}.",
                    401 or 403 => $"{asked}: the service refuses the credential, or what it may not do.",
                    >= 300 and < 400 => $"{asked}, a redirect, which is not followed. Services that want a sign-in often do that.",
                    _ => $"{asked}, which says nothing of the credential.",
                },
            };
        }
        catch (HttpConfigException e)
        {
            return new CredentialTestOutput { Ok = false, Code = e.Code, Message = e.Message };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && OutboundFailure.From(e, url) is not null)
        {
            var failure = OutboundFailure.From(e, url)!;
            return new CredentialTestOutput { Ok = false, Code = failure.Code, Message = failure.Message };
        }
    }

    private static string Storable(string message) => StorableJson.Clean(message.Length > MaxMessage ? message[..(MaxMessage - 1)] + "…" : message);

    private static CredentialTestOutput Fine(string message) => new() { Ok = true, Message = message };

    private static string Until(Credential credential) => credential.AccessTokenExpiresAt is { } expiresAt ? $", which expires at {expiresAt:u}" : "";
}

/// <summary>What a test of a credential came to.</summary>
internal sealed record CredentialTestOutput
{
    /// <summary>Whether it works, as far as could be seen.</summary>
    public required bool Ok { get; init; }

    /// <summary>What was seen, in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>Why it does not work: an error code; null where it does.</summary>
    public string? Code { get; init; }

    /// <summary>The status that the service answered with; null where it was not asked.</summary>
    public int? Status { get; init; }

    /// <summary>How long it took.</summary>
    public double LatencyMs { get; init; }
}
