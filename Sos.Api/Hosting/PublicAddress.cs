namespace Sos.Api.Hosting;

/// <summary>How browsers reach this installation; setting <c>Sos:PublicUrl</c>.</summary>
/// <param name="Configured">The address without a slash at its end; null to take what a request came to.</param>
internal sealed record PublicAddress(string? Configured)
{
    public const string Setting = "Sos:PublicUrl";

    /// <summary>Reads the setting.</summary>
    /// <exception cref="StartException">It is no address.</exception>
    public static PublicAddress Read(IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } text)
            return new PublicAddress((string?)null);
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url is { UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 }
            ? new PublicAddress(url.AbsoluteUri.TrimEnd('/'))
            : throw new StartException($"'{text}' in {Setting} is no address. Write how browsers reach this installation, such as https://sos.example.com.");
    }

    /// <summary>The same for a page, which knows the address that it was loaded from.</summary>
    public string Of(Uri page) => Configured ?? page.AbsoluteUri.TrimEnd('/');

    /// <summary>The address for links to this installation, without a slash at its end.</summary>
    public string Of(HttpRequest request) => Configured ?? $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}";
}
