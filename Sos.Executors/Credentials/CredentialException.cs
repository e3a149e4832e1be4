using Sos.Executors.Nodes;
using Sos.Workflows.Credentials;

namespace Sos.Executors.Credentials;

/// <summary>A credential can't be used. The engine fails the attempt with the error, which says why and what to do.</summary>
/// <param name="error">The error of the node; without any secret.</param>
public sealed class CredentialException(NodeError error) : Exception(error.Message)
{
    /// <summary>The error of the node.</summary>
    public NodeError Error => error;

    internal CredentialException(string code, string message, bool retryable = false)
        : this(new NodeError(code, message) { Retryable = retryable })
    {
    }

    /// <summary>Whether it takes a person who signs in.</summary>
    internal bool NeedsSignIn { get; private init; }

    internal static CredentialException SignInNeeded(Credential credential, string why) => new(
        "credential_sign_in_needed", $"The credential '{credential.Name}' can't be used: {why}. An admin signs in with POST /api/v1/credentials/{credential.Name}/authorize.") { NeedsSignIn = true };

    internal static CredentialException NotFound(string name, IReadOnlyList<string>? names = null) => new(
        "credential_not_found",
        $"There is no credential '{name}' in this workspace. {(names is { Count: > 0 } ? $"There are: {string.Join(", ", names.Take(20))}{(names.Count > 20 ? "…" : "")}." : "Save one with POST /api/v1/credentials.")}");
}
