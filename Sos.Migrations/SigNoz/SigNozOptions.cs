using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Sos.Migrations.SigNoz;

/// <summary>Which SigNoz to set up, who asks, and how patient to be. Bound to the configuration section <c>SigNoz</c>.</summary>
internal sealed record SigNozOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "SigNoz";

    /// <summary>The channel's name in the alert rules, for which <see cref="Channel"/> stands in.</summary>
    public const string DefaultChannel = "sos";

    /// <summary>The address of SigNoz's pages and API.</summary>
    public required Uri Url { get; init; }

    /// <summary>The key of a service account that may edit dashboards, alerts and channels.</summary>
    public string? ApiKey { get; init; }

    /// <summary>A user's e-mail address, instead of a key.</summary>
    public string? Email { get; init; }

    /// <summary>The user's password.</summary>
    public string? Password { get; init; }

    /// <summary>The channel that alerts notify; null where nobody named one.</summary>
    public string? Channel { get; init; }

    /// <summary>Where the channel posts to; null where the channel is looked after by hand, or there is none. A secret.</summary>
    public Uri? Webhook { get; init; }

    /// <summary>The address of docs/operations.md where whoever is notified can open it; null leaves the path as it is.</summary>
    public Uri? Runbooks { get; init; }

    /// <summary>How long to wait for SigNoz to be ready.</summary>
    /// <value>Default: 3 minutes; from 0 to 1 hour.</value>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long one request may take.</summary>
    /// <value>Default: 30 seconds; up to 10 minutes.</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long all of it may take once SigNoz is ready.</summary>
    /// <value>Default: 5 minutes; up to 1 hour.</value>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Before the second attempt at something that fails for a moment; doubles after each.</summary>
    /// <value>Default: 500 ms; up to 1 minute.</value>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Reads them.</summary>
    /// <param name="configuration">Where the section is.</param>
    /// <param name="pages">The address of SigNoz's pages, where <c>SigNoz:Url</c> names none.</param>
    /// <exception cref="SigNozException">Something is missing or malformed; the message names the setting.</exception>
    public static SigNozOptions Read(IConfiguration configuration, Uri? pages)
    {
        var section = configuration.GetSection(Section);
        var url = Address(section, "Url") ?? pages
            ?? throw new SigNozException("There is no SigNoz to work on: give --url http://localhost:8080, or set SigNoz__Url (or Web=… in ConnectionStrings__signoz).");
        if (url.UserInfo.Length > 0 || url.Query.Length > 0)
            throw new SigNozException("SigNoz:Url is the address of SigNoz's pages alone, without a user, a password or a query. Who asks is said by SigNoz__ApiKey, or by SigNoz__Email and SigNoz__Password.");
        var options = new SigNozOptions
        {
            Url = url,
            ApiKey = Text(section, "ApiKey"),
            Email = Text(section, "Email"),
            Password = Text(section, "Password"),
            Channel = Text(section, "Channel"),
            Webhook = Address(section, "Webhook"),
            Runbooks = Address(section, "Runbooks"),
        };
        if (options.ApiKey?.All(c => c is > ' ' and <= '~') is false)
            throw new SigNozException("SigNoz:ApiKey holds a character that a header can't carry. Copy the key again, without quotes and line ends.");
        if (options is { ApiKey: not null, Email: not null })
            throw new SigNozException("SigNoz:ApiKey and SigNoz:Email are both set. Leave one of them out.");
        if (options.Email is null != options.Password is null)
            throw new SigNozException("A login needs both SigNoz:Email and SigNoz:Password (SigNoz__Email, SigNoz__Password).");
        return options with
        {
            Wait = Duration(section, "Wait", options.Wait, TimeSpan.Zero, TimeSpan.FromHours(1)),
            RequestTimeout = Duration(section, "RequestTimeout", options.RequestTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10)),
            Timeout = Duration(section, "Timeout", options.Timeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)),
            RetryDelay = Duration(section, "RetryDelay", options.RetryDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)),
        };
    }

    /// <summary>What must not be in any message.</summary>
    public IEnumerable<string> Secrets()
    {
        foreach (var secret in (string?[])[ApiKey, Password, Webhook?.OriginalString, Webhook?.AbsoluteUri])
        {
            if (!string.IsNullOrEmpty(secret))
                yield return secret;
        }
    }

    private static string? Text(IConfigurationSection section, string name) => section[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private static Uri? Address(IConfigurationSection section, string name)
    {
        if (Text(section, name) is not { } text)
            return null;
        // The text may be a secret, so it is not repeated.
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new SigNozException($"SigNoz:{name} must be an address that begins with http:// or https://.");
    }

    private static TimeSpan Duration(IConfigurationSection section, string name, TimeSpan otherwise, TimeSpan least, TimeSpan most)
    {
        if (Text(section, name) is not { } text)
            return otherwise;
        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new SigNozException($"SigNoz:{name} is '{text}', but must be a time between {least:c} and {most:c}, such as 00:03:00.");
    }
}
