using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Executions;
using Sos.Api.Problems;
using Sos.Workflows.Credentials;
using Sos.Workflows.Definitions;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Api.Credentials;

/// <summary>The workflows by which the API has executors use credentials, whose secrets it can't read itself.</summary>
internal sealed class CredentialWorkflows(OwnWorkflows workflows)
{
    private static readonly TimeSpan TestPatience = TimeSpan.FromSeconds(45);

    private static readonly WorkflowDefinition SignIn = OwnWorkflows.Read("""
        {
          "name": "credential-sign-in",
          "description": "Finishes signing in with a credential.",
          "nodes": [
            { "id": "signIn", "type": "credentials", "config": { "action": "signIn", "signInId": "{{ input.signInId }}" },
              "retry": { "maxAttempts": 3, "delay": "1s" }, "timeout": "1m" }
          ],
          "output": "{{ steps.signIn }}"
        }
        """);

    private static readonly WorkflowDefinition Test = OwnWorkflows.Read("""
        {
          "name": "credential-test",
          "description": "Tests a credential.",
          "nodes": [
            { "id": "test", "type": "credentials", "config": { "action": "test", "credential": "{{ input.credential }}", "url": "{{ input.?url.orValue(null) }}" }, "timeout": "1m" }
          ],
          "output": "{{ steps.test }}"
        }
        """);

    /// <summary>Finishes a sign-in.</summary>
    /// <param name="caller">Who began it.</param>
    /// <param name="signInId">The sign-in.</param>
    /// <param name="wait">How long to wait for it.</param>
    /// <param name="cancellationToken">Stops waiting; the sign-in goes on.</param>
    /// <returns>The execution; null when it has not ended in time.</returns>
    public async Task<Execution?> FinishSignInAsync(KeyHolder caller, Guid signInId, TimeSpan wait, CancellationToken cancellationToken) =>
        (await workflows.RunAsync(caller, SignIn, new JsonObject { ["signInId"] = signInId.ToString() }, wait, cancellationToken)).Ended;

    /// <summary>Tests a credential.</summary>
    /// <param name="caller">Who tests.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="url">What to ask for with it; null for its own setting.</param>
    /// <param name="cancellationToken">Stops waiting; the test goes on.</param>
    /// <exception cref="ProblemException">400 where it may not be sent to the address, 503 when no executor got to it.</exception>
    public async Task<CredentialTestAnswer> TestAsync(KeyHolder caller, StoredCredential credential, string? url, CancellationToken cancellationToken)
    {
        if (url is not null)
            CheckTestUrl(credential, url);
        var input = new JsonObject { ["credential"] = credential.Name };
        if (url is not null)
            input["url"] = url;
        var (ended, receipt) = await workflows.RunAsync(caller, Test, input, TestPatience, cancellationToken);
        if (ended is null)
        {
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "test_not_finished",
                $"The test has not ended within {TestPatience.TotalSeconds:0} s; perhaps no executor is running. Its result will be in the execution {receipt!.Id}.") { RetryAfterSeconds = 10 };
        }
        var seen = ended.Status == ExecutionStatus.Completed && ended.Output is { ValueKind: JsonValueKind.Object } output ? output : default;
        return new CredentialTestAnswer
        {
            Ok = seen.ValueKind == JsonValueKind.Object && seen.TryGetProperty("ok", out var ok) && ok.ValueKind == JsonValueKind.True,
            Message = Text("message") ?? ended.Error?.Message ?? $"The test ended as {ended.Status} without a result.",
            Code = Text("code") ?? ended.Error?.Code,
            Status = Number("status") is { } status ? (int)status : null,
            LatencyMs = Number("latencyMs") ?? 0,
            ExecutionId = ended.Id,
            TraceId = ended.TraceId,
        };

        string? Text(string name) => seen.ValueKind == JsonValueKind.Object && seen.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        double? Number(string name) => seen.ValueKind == JsonValueKind.Object && seen.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }

    private static void CheckTestUrl(StoredCredential credential, string url)
    {
        var message = credential.Type is CredentialType.Postgres or CredentialType.Custom
            ? $"A credential of type {credential.Type} is not sent to an address; leave testUrl out."
            : url.Length > 2_000 || !Uri.TryCreate(url, UriKind.Absolute, out var address) || address.UserInfo.Length > 0
            ? "testUrl must be an absolute URL without a user, such as https://api.example.com/me."
            : !credential.AllowedHosts.Any(h => AllowedHost.TryParse(h, out var host) && host.Includes(address))
            ? $"testUrl must be on one of the credential's allowedHosts: {string.Join(", ", credential.AllowedHosts)}."
            : null;
        if (message is not null)
            throw ProblemCatalog.Invalid("invalid_test", message, [new("/testUrl", "invalid_value", message)]);
    }
}
