using System.Text;
using Sos.Workflows.Credentials;

namespace Sos.Executors.Credentials;

/// <summary>How a credential goes with an HTTP request: as a header, or as a query parameter.</summary>
/// <param name="Name">The header's or parameter's name.</param>
/// <param name="Value">Its value, which is a secret.</param>
/// <param name="IsHeader">Whether it is a header.</param>
internal sealed record HttpCredential(string Name, string Value, bool IsHeader)
{
    /// <summary>The form that the credential's type has.</summary>
    /// <exception cref="CredentialException">It has none.</exception>
    public static HttpCredential Of(Credential credential) => credential.Type switch
    {
        CredentialType.ApiKey => new(credential.Setting("name")!, credential.Secret("value")!, credential.Setting("in") == "header"),
        CredentialType.Bearer => Authorization("Bearer " + credential.Secret("token")),
        CredentialType.Basic => Authorization("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Setting("username")}:{credential.Secret("password")}"))),
        CredentialType.OAuth2 => Authorization("Bearer " + credential.AccessToken),
        _ => throw new CredentialException("credential_wrong_type", $"The credential '{credential.Name}' is of type {credential.Type}, which can't be sent with an HTTP request. Use one of type apiKey, bearer, basic or oauth2."),
    };

    /// <summary>Where it goes, and nothing of it.</summary>
    public override string ToString() => $"{nameof(HttpCredential)} {{ Name = {Name}, IsHeader = {IsHeader} }}";

    private static HttpCredential Authorization(string value) => new("Authorization", value, IsHeader: true);
}
