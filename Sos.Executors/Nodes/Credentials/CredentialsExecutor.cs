using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Credentials;

/// <summary>Tests a credential, or finishes a sign-in that a browser came back from.</summary>
internal sealed class CredentialsExecutor(CredentialTest test, CredentialSignIns signIns)
    : NodeExecutor<CredentialsConfig>(Describe, CredentialsJson.Default.CredentialsConfig), IDescribesNode
{
    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "credentials",
        Title = "Credentials",
        Description = "Tests a stored credential, or finishes signing in with it.",
        Category = "tools",
        ConfigSchema = NodeSchema.Load("credentials"),
        CheckConfig = Check,
    };

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(CredentialsConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        switch (config)
        {
            case { Action: CredentialsAction.Test, Credential: { Length: > 0 } name, SignInId: null }:
                var result = await test.RunAsync(context, name, string.IsNullOrEmpty(config.Url) ? null : config.Url, cancellationToken);
                return new NodeOutcome.Completed(JsonSerializer.SerializeToElement(result, CredentialsJson.Default.CredentialTestOutput));
            case { Action: CredentialsAction.SignIn, SignInId: { } id, Credential: null, Url: null }:
                var (credential, token) = await signIns.FinishAsync(context, id, cancellationToken);
                return new NodeOutcome.Completed(JsonSerializer.SerializeToElement(
                    new SignInOutput(credential.Name, true, token.Scope ?? credential.Setting("scope"), token.ExpiresAt, token.RefreshToken is not null),
                    CredentialsJson.Default.SignInOutput));
            default:
                return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': {Needs}");
        }
    }

    private const string Needs = "test needs credential and may have url; signIn needs signInId, which the API gives, and nothing else.";

    private static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        var tests = config.GetProperty("action").ValueEquals("test");
        if (tests != Has("credential") || tests == Has("signInId") || (!tests && Has("url")))
            yield return new ConfigProblem("/action", "invalid_config", Needs);

        bool Has(string name) => config.TryGetProperty(name, out _);
    }
}
