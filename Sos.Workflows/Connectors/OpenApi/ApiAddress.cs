using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>Where an API is, of the addresses that a document names.</summary>
internal static partial class ApiAddresses
{
    /// <summary>The first absolute address, one with TLS before one without; null where there is none.</summary>
    /// <param name="servers">What the document names.</param>
    /// <param name="given">The address that a person names instead; null for none.</param>
    public static ApiAddress? Read(IList<OpenApiServer>? servers, string? given)
    {
        if (given is not null)
            return new ApiAddress(given.TrimEnd('/'), new Dictionary<string, ConnectorSetting>(), IsGiven: true);
        var absolute = (servers ?? []).Where(s => s.Url?.Contains("://", StringComparison.Ordinal) == true).ToList();
        return (absolute.Find(s => s.Url!.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) ?? absolute.Find(s => s.Url!.StartsWith("http:", StringComparison.OrdinalIgnoreCase))) is { } server
            ? Of(server)
            : null;
    }

    private static ApiAddress Of(OpenApiServer server)
    {
        var settings = new Dictionary<string, ConnectorSetting>(StringComparer.Ordinal);
        var url = Variable().Replace(server.Url!, match =>
        {
            var name = match.Groups[1].Value;
            var variable = server.Variables is { } variables && variables.TryGetValue(name, out var known) ? known : null;
            if (!SettingName().IsMatch(name) || settings.Count == 20)
                return variable?.Default ?? "";
            settings[name] = new ConnectorSetting
            {
                Description = string.Join(' ', new[] { variable?.Description, variable?.Enum is { Count: > 0 } values ? $"One of {string.Join(", ", values.Take(20))}." : null }.OfType<string>()) is { Length: <= 2_000 } text ? text : "",
                Default = variable?.Default is { Length: > 0 and <= 500 } value ? value : null,
            };
            return match.Value;
        });
        return new ApiAddress(url.TrimEnd('/'), settings, IsGiven: false);
    }

    [GeneratedRegex(@"\{([^{}/]+)\}")]
    private static partial Regex Variable();

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9_]{0,39}\\z")]
    private static partial Regex SettingName();
}

/// <summary>Where an API is.</summary>
/// <param name="BaseUrl">Its address, with the names of settings in braces.</param>
/// <param name="Settings">The settings.</param>
/// <param name="IsGiven">Whether a person named it, so that the document's own addresses do not count.</param>
internal sealed record ApiAddress(string BaseUrl, IReadOnlyDictionary<string, ConnectorSetting> Settings, bool IsGiven)
{
    /// <summary>Whether an operation that names addresses of its own is there, too.</summary>
    public bool Serves(IList<OpenApiServer>? own) =>
        IsGiven || own is null or { Count: 0 } || own.Any(s => s.Url is null || s.Url.TrimEnd('/') is "" || s.Url.TrimEnd('/') == BaseUrl);
}
