using System.Globalization;
using Sos.Api.Connectors;
using Sos.Api.Credentials;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Credentials;

/// <summary>A credential in a form, without its secrets: those stay in the browser until it is saved.</summary>
public sealed class CredentialFields
{
    private readonly DateTimeOffset? expiresAt;

    private CredentialFields(DateTimeOffset? expiresAt = null)
    {
        this.expiresAt = expiresAt;
        Expires = DayOf(expiresAt);
    }

    /// <summary>The name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The type.</summary>
    public string Type { get; set; } = CredentialType.Bearer;

    /// <summary>Settings by their names; those of all types that were looked at.</summary>
    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>Settings of a custom credential, a line for each: <c>name=value</c>.</summary>
    public string Lines { get; set; } = "";

    /// <summary>The names of a custom credential's secrets.</summary>
    public List<string> SecretNames { get; } = [""];

    /// <summary>Where it may be sent, a line for each.</summary>
    public string Hosts { get; set; } = "";

    /// <summary>The last day on which it holds, in UTC; empty for no end.</summary>
    public string Expires { get; set; }

    /// <summary>A new credential.</summary>
    public static CredentialFields New() => new();

    /// <summary>A new credential for a connector.</summary>
    /// <param name="connector">The connector.</param>
    /// <param name="type">The type that somebody chose of those that it takes; null for its first.</param>
    internal static CredentialFields For(ConnectorManifest connector, string? type)
    {
        var ways = ConnectorSummary.AuthOf(connector).Where(a => CredentialType.All.ContainsKey(a.Type)).ToList();
        var way = ways.Find(a => a.Type == type) ?? ways.FirstOrDefault();
        var fields = new CredentialFields { Name = connector.Id, Hosts = string.Join('\n', ConnectorCredentials.HostsOf(connector)) };
        if (way is null)
            return fields;
        fields.Type = way.Type;
        if (way is { Type: CredentialType.ApiKey, Name: { } name })
            fields.Settings["name"] = name;
        if (way is { Type: CredentialType.ApiKey, In: AuthPlace.Query })
            fields.Settings["in"] = "query";
        if (way is { Type: CredentialType.OAuth2 })
        {
            fields.Settings["grant"] = way.AuthorizationUrl is null ? CredentialType.ClientCredentials : CredentialType.AuthorizationCode;
            fields.Settings["tokenUrl"] = way.TokenUrl ?? "";
            fields.Settings["authorizationUrl"] = way.AuthorizationUrl ?? "";
            fields.Settings["scope"] = string.Join(' ', way.Scopes);
        }
        if (way.Secrets.Count > 0)
            fields.SetSecretNames(way.Secrets);
        return fields;
    }

    /// <summary>A credential that is changed.</summary>
    internal static CredentialFields Of(StoredCredential credential)
    {
        var fields = new CredentialFields(credential.ExpiresAt) { Name = credential.Name, Type = credential.Type, Hosts = string.Join('\n', credential.AllowedHosts) };
        foreach (var (name, value) in credential.Settings)
            fields.Settings[name] = value;
        if (credential.Type != CredentialType.Custom)
            return fields;
        fields.Lines = string.Join('\n', credential.Settings.Select(s => $"{s.Key}={s.Value}"));
        fields.SetSecretNames(credential.SecretNames);
        return fields;
    }

    /// <summary>A setting's value, or its default.</summary>
    public string Setting(CredentialField field) => Settings.GetValueOrDefault(field.Name) ?? field.Default ?? "";

    /// <summary>What is to be saved.</summary>
    /// <param name="secrets">The secrets; null to leave those that are stored.</param>
    internal CredentialRequest ToRequest(IReadOnlyDictionary<string, string>? secrets) => new()
    {
        Name = Name.Trim(),
        Type = Type,
        Settings = Type == CredentialType.Custom ? ReadLines() : Given(),
        Secrets = secrets,
        AllowedHosts = Type == CredentialType.Postgres ? null : Hosts.Split(['\n', ',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        ExpiresAt = Expires == DayOf(expiresAt) ? expiresAt
            : DateOnly.TryParseExact(Expires, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero)
            : null,
    };

    private Dictionary<string, string> Given()
    {
        var type = CredentialType.All[Type];
        var grant = type.Settings.FirstOrDefault(f => f.Name == "grant") is { } field ? Setting(field) : null;
        return type.Settings
            .Where(f => CredentialWords.Counts(Type, f.Name, grant) && Setting(f).Trim().Length > 0)
            .ToDictionary(f => f.Name, f => Setting(f).Trim(), StringComparer.Ordinal);
    }

    private Dictionary<string, string> ReadLines()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            settings[equals < 0 ? line : line[..equals].TrimEnd()] = equals < 0 ? "" : line[(equals + 1)..].TrimStart();
        }
        return settings;
    }

    private void SetSecretNames(IEnumerable<string> names)
    {
        SecretNames.Clear();
        SecretNames.AddRange(names);
    }

    // It ends with the day that is written, and so at the next one's first moment.
    private static string DayOf(DateTimeOffset? end) => end is { } at ? at.UtcDateTime.AddTicks(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "";
}
