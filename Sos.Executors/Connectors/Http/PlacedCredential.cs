using System.Text.Json;
using Sos.Executors.Credentials;
using Sos.Executors.Secrets;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Connectors.Http;

/// <summary>Where a credential goes in a connector's request. All values are secrets.</summary>
/// <param name="Headers">Headers by name.</param>
/// <param name="Query">Query parameters by name.</param>
/// <param name="Path">What stands in the URL, by the name of its place.</param>
internal sealed record PlacedCredential(
    IReadOnlyList<KeyValuePair<string, string>> Headers, IReadOnlyList<KeyValuePair<string, string>> Query, IReadOnlyDictionary<string, string> Path)
{
    private static readonly Dictionary<string, string> Nowhere = [];

    /// <summary>What goes into the body, by JSON pointer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Body { get; init; } = [];

    /// <summary>Without a credential.</summary>
    public static PlacedCredential None { get; } = new([], [], Nowhere);

    /// <summary>Places a credential as the connector says.</summary>
    /// <exception cref="ConnectorException">The connector takes no credential of that type (<c>credential_wrong_type</c>), or needs one (<c>credential_missing</c>).</exception>
    public static PlacedCredential Of(ProviderCall call, Credential? credential, SecretScrubber secrets)
    {
        if (credential is null)
        {
            // What an OpenAPI document says of security is often more than what a server asks for.
            return call.Auth.Count == 0 || call.Type == ProviderType.OpenApi
                ? None
                : throw new ConnectorException("credential_missing", $"The connector '{call.Manifest.Id}' needs a credential: {Takes(call.Auth)}. Save one and name it in the node's credential.");
        }
        if (call.Auth.Count == 0)
            return Usual(credential, secrets);
        var way = call.Auth.FirstOrDefault(a => a.Type == credential.Type)
            ?? throw new ConnectorException("credential_wrong_type", $"The credential '{credential.Name}' is of type {credential.Type}; the connector '{call.Manifest.Id}' takes {Takes(call.Auth)}.");
        if (credential.Type == CredentialType.Custom)
            return Custom(way, credential, secrets);
        if (way is not { In: { } place, Name: { } name })
            return Usual(credential, secrets);
        var value = way.Prefix + ValueOf(credential);
        secrets.AddHeader(value);
        return place switch
        {
            AuthPlace.Header => new([new(name, value)], [], Nowhere),
            AuthPlace.Query => new([], [new(name, value)], Nowhere),
            _ => new([], [], new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value }),
        };
    }

    /// <summary>Where, and nothing of the values.</summary>
    public override string ToString() => $"{nameof(PlacedCredential)} {{ Headers = {Headers.Count}, Query = {Query.Count}, Path = {Path.Count} }}";

    private static string Takes(IEnumerable<ConnectorAuth> auth) => string.Join(" or ", auth.Select(a => a.Type).Distinct(StringComparer.Ordinal));

    private static PlacedCredential Usual(Credential credential, SecretScrubber secrets)
    {
        var placed = HttpCredential.Of(credential);
        secrets.AddHeader(placed.Value);
        return placed.IsHeader ? new([new(placed.Name, placed.Value)], [], Nowhere) : new([], [new(placed.Name, placed.Value)], Nowhere);
    }

    private static string ValueOf(Credential credential) => credential.Type switch
    {
        CredentialType.ApiKey => credential.Secret("value")!,
        CredentialType.Bearer => credential.Secret("token")!,
        CredentialType.OAuth2 => credential.AccessToken!,
        _ => HttpCredential.Of(credential).Value,
    };

    private static PlacedCredential Custom(ConnectorAuth way, Credential credential, SecretScrubber secrets)
    {
        if (way.Secrets.FirstOrDefault(s => credential.Secret(s) is null) is { } missing)
            throw new ConnectorException("credential_wrong_type", $"The credential '{credential.Name}' has no secret '{missing}', which the connector needs.");
        var variables = new CelVariables()
            .Add("secrets", JsonSerializer.SerializeToElement(new Dictionary<string, string>(credential.Secrets), ConnectorRequestJson.Default.DictionaryStringString))
            .Add("credential", JsonSerializer.SerializeToElement(new Dictionary<string, string>(credential.Settings), ConnectorRequestJson.Default.DictionaryStringString));
        return new(Rendered(way.Headers), Rendered(way.Query), Nowhere) { Body = Rendered(way.Body) };

        List<KeyValuePair<string, string>> Rendered(IReadOnlyDictionary<string, JsonElement> templates)
        {
            var rendered = new List<KeyValuePair<string, string>>();
            foreach (var (name, template) in templates)
            {
                if (ParameterText.Text(Template.Compile(template).Render(variables, CelContext.Default)) is not { } value)
                    continue;
                secrets.AddHeader(value);
                rendered.Add(new(name, value));
            }
            return rendered;
        }
    }
}
