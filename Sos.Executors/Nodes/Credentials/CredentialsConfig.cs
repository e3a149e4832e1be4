using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Executors.Credentials;

namespace Sos.Executors.Nodes.Credentials;

/// <summary>The config of a <c>credentials</c> node.</summary>
internal sealed record CredentialsConfig
{
    /// <summary>What to do.</summary>
    public CredentialsAction Action { get; init; }

    /// <summary>The credential's name.</summary>
    public string? Credential { get; init; }

    /// <summary>What a test asks the service for.</summary>
    public string? Url { get; init; }

    /// <summary>The sign-in that is to be finished.</summary>
    public Guid? SignInId { get; init; }
}

/// <summary>What a <c>credentials</c> node does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CredentialsAction>))]
internal enum CredentialsAction
{
    [JsonStringEnumMemberName("test")] Test,
    [JsonStringEnumMemberName("signIn")] SignIn,
}

/// <summary>What a finished sign-in gives.</summary>
/// <param name="Credential">The credential's name.</param>
/// <param name="SignedIn">Always true.</param>
/// <param name="Scope">What it is good for, as the service said.</param>
/// <param name="ExpiresAt">When the access token expires; null where the service does not say.</param>
/// <param name="Renews">Whether it is renewed by itself then.</param>
internal sealed record SignInOutput(string Credential, bool SignedIn, string? Scope, DateTimeOffset? ExpiresAt, bool Renews);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CredentialsConfig))]
[JsonSerializable(typeof(CredentialTestOutput))]
[JsonSerializable(typeof(SignInOutput))]
internal sealed partial class CredentialsJson : JsonSerializerContext;
