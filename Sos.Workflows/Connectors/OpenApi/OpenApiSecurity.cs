using System.Text.Json;
using Microsoft.OpenApi;
using Sos.Workflows.Credentials;
using JsonPointer = Sos.Workflows.Json.JsonPointer;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>Which credentials an API takes.</summary>
internal static class OpenApiSecurity
{
    private const int MaxWays = 10;
    private const int MaxScopes = 100;

    /// <summary>The ways that a document describes; none where it says nothing, and then any credential goes as it usually does.</summary>
    public static IReadOnlyList<ConnectorAuth> Read(OpenApiDocument document, Findings found)
    {
        var ways = new List<ConnectorAuth>();
        foreach (var (name, scheme) in document.Components?.SecuritySchemes ?? new Dictionary<string, IOpenApiSecurityScheme>())
        {
            ConnectorAuth? way;
            try
            {
                way = Way(scheme);
            }
            catch (Exception e) when (OpenApiMistake.Is(e))
            {
                found.Warn(JsonPointer.Append("/components/securitySchemes", name), "security_left_out", e.Message);
                continue;
            }
            if (way is null)
                found.Warn(JsonPointer.Append("/components/securitySchemes", name), "security_left_out", $"No credential goes the way that '{name}' describes.");
            else if (ways.Count < MaxWays && !ways.Exists(w => w.Type == way.Type && w.In == way.In && w.Name == way.Name && w.TokenUrl == way.TokenUrl))
                ways.Add(way);
        }
        return ways;
    }

    private static ConnectorAuth? Way(IOpenApiSecurityScheme scheme)
    {
        var description = scheme.Description is { Length: <= 2_000 } text ? text : "";
        return (scheme.Type, scheme.In, scheme.Scheme?.ToLowerInvariant()) switch
        {
            (SecuritySchemeType.Http, _, "bearer") => new() { Type = CredentialType.Bearer, Description = description },
            (SecuritySchemeType.Http, _, "basic") => new() { Type = CredentialType.Basic, Description = description },
            (SecuritySchemeType.ApiKey, ParameterLocation.Header, _) when scheme.Name is { Length: > 0 } header && ManifestCheck.HeaderProblem(header) is null => new() { Type = CredentialType.ApiKey, Description = description, In = AuthPlace.Header, Name = header },
            (SecuritySchemeType.ApiKey, ParameterLocation.Query, _) when scheme.Name is { Length: > 0 } parameter => new() { Type = CredentialType.ApiKey, Description = description, In = AuthPlace.Query, Name = parameter },
            (SecuritySchemeType.ApiKey, ParameterLocation.Cookie, _) when scheme.Name is { Length: > 0 } cookie && CookieParameters.IsName(cookie) => new()
            {
                Type = CredentialType.Custom,
                Description = description,
                Secrets = ["value"],
                Headers = new Dictionary<string, JsonElement> { ["Cookie"] = JsonSerializer.SerializeToElement($"{cookie}={{{{ secrets.value }}}}", ConnectorJson.Default.String) },
            },
            (SecuritySchemeType.OAuth2, _, _) => OAuth(scheme.Flows, description),
            (SecuritySchemeType.OpenIdConnect, _, _) => new() { Type = CredentialType.OAuth2, Description = description.Length > 0 ? description : $"OpenID Connect: {scheme.OpenIdConnectUrl}" },
            _ => null,
        };
    }

    private static ConnectorAuth OAuth(OpenApiOAuthFlows? flows, string description)
    {
        var flow = flows?.AuthorizationCode ?? flows?.ClientCredentials ?? flows?.Implicit ?? flows?.Password;
        return new ConnectorAuth
        {
            Type = CredentialType.OAuth2,
            Description = description,
            AuthorizationUrl = Url(flow?.AuthorizationUrl),
            TokenUrl = Url(flow?.TokenUrl),
            Scopes = [.. (flow?.Scopes ?? new Dictionary<string, string>()).Keys.Where(s => s.Length is > 0 and <= 300).Take(MaxScopes)],
        };
    }

    private static string? Url(Uri? url) => url is { IsAbsoluteUri: true, Scheme: "http" or "https" } && url.AbsoluteUri.Length <= 2_000 ? url.AbsoluteUri : null;
}
