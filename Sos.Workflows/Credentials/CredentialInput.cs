using System.Globalization;
using System.Text.RegularExpressions;
using Sos.Workflows.Json;

namespace Sos.Workflows.Credentials;

/// <summary>A credential as somebody gives it.</summary>
public sealed partial record CredentialInput
{
    private const int MaxFields = 20;
    private const int MaxHosts = 20;
    private const int MinSecretLength = 6;
    private const int MaxSecretLength = 4_000;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its type.</summary>
    public required string Type { get; init; }

    /// <summary>Its settings.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Its secrets; null to leave those that are stored.</summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    /// <summary>Where it may be sent; null where the type's settings say it.</summary>
    public IReadOnlyList<string>? AllowedHosts { get; init; }

    /// <summary>When it expires; null where nobody knows.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The name and type, and no secret.</summary>
    public override string ToString() => $"{nameof(CredentialInput)} {{ Name = {Name}, Type = {Type} }}";

    /// <summary>Checks it all and fills in what is not said.</summary>
    /// <param name="problems">Everything that is wrong, without any secret.</param>
    /// <returns>The credential to be saved; null where something is wrong.</returns>
    public CredentialDraft? Check(out IReadOnlyList<JsonProblem> problems)
    {
        var found = new List<JsonProblem>();
        problems = found;
        if (!NamePattern().IsMatch(Name))
            found.Add(new("/name", "invalid_name", "A credential's name has 1 to 63 of a-z, 0-9 and '-', and begins and ends with a letter or digit."));
        if (!CredentialType.All.TryGetValue(Type, out var type))
        {
            found.Add(new("/type", "value_not_allowed", $"The type is one of {string.Join(", ", CredentialType.All.Keys.Order(StringComparer.Ordinal))}."));
            return null;
        }
        var settings = CheckFields("settings", Settings, type.Settings, type, found);
        if (Secrets is not null)
            CheckSecrets(CheckFields("secrets", Secrets, type.Secrets, type, found), settings, type, found);
        CheckMeaning(settings, type, found);
        if (type.Name == CredentialType.OAuth2)
            found.AddRange(OAuthSettings.Problems(settings));
        var hosts = CheckHosts(settings, type, found);
        if (type.Name == CredentialType.OAuth2)
            found.AddRange(OAuthSettings.PlainProblems(settings, hosts));
        if (settings.TryGetValue(CredentialType.TestUrl, out var testUrl) && !(OAuthSettings.IsAddress(testUrl) && hosts.Any(h => h.Includes(new Uri(testUrl)))))
            found.Add(new("/settings/testUrl", "invalid_value", "testUrl must be an absolute URL without a user, on one of allowedHosts."));
        return found.Count > 0 ? null : new CredentialDraft
        {
            Name = Name,
            Type = Type,
            Settings = settings,
            Secrets = Secrets,
            AllowedHosts = [.. hosts.Select(h => h.ToString()).Distinct(StringComparer.Ordinal)],
            ExpiresAt = ExpiresAt,
        };
    }

    private static SortedDictionary<string, string> CheckFields(
        string group, IReadOnlyDictionary<string, string> given, IReadOnlyList<CredentialField> known, CredentialType type, List<JsonProblem> found)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (given.Count > MaxFields)
        {
            found.Add(new($"/{group}", "too_many", $"There may be {MaxFields} {group} at most."));
            return fields;
        }
        foreach (var (name, value) in given)
        {
            var field = known.FirstOrDefault(f => f.Name == name);
            if (field is null && (type.Name != CredentialType.Custom || !FieldPattern().IsMatch(name)))
                found.Add(new($"/{group}", "unknown_property", known.Count == 0 && type.Name != CredentialType.Custom
                    ? $"A credential of type {type.Name} has no {group}."
                    : $"The {group} of a credential of type {type.Name} are: {(known.Count > 0 ? string.Join(", ", known.Select(f => f.Name)) : "names of letters, digits, '-' and '_'")}."));
            else if (Problem(group, field, value) is { } problem)
                found.Add(new($"/{group}/{name}", "invalid_value", $"{name} {problem}"));
            else
                fields[name] = value;
        }
        foreach (var field in known.Where(f => !given.ContainsKey(f.Name)))
        {
            if (field.IsRequired)
                found.Add(new($"/{group}", "missing_property", $"A credential of type {type.Name} needs {field.Name} in {group}."));
            else if (field.Default is { } value)
                fields[field.Name] = value;
        }
        return fields;
    }

    private static string? Problem(string group, CredentialField? field, string value)
    {
        if (group == "secrets" && value.Length is < MinSecretLength or > MaxSecretLength)
            return $"must have {MinSecretLength} to {MaxSecretLength:N0} characters: a shorter one could not be told from innocent text, and blotted out.";
        if (group == "settings" && (value.Length == 0 || value.Length > (field?.MaxLength ?? 500)))
            return $"must have 1 to {field?.MaxLength ?? 500:N0} characters.";
        if (field?.Values is { } values && !values.Contains(value))
            return $"is one of {string.Join(", ", values)}.";
        if (field?.IsHeaderText == true && !value.All(c => c is > ' ' and <= '~'))
            return "must be visible ASCII characters without spaces, since it is sent as a header.";
        return StorableJson.Clean(value) != value || value.Any(char.IsControl) && group == "settings" ? "has a character that can't be stored." : null;
    }

    private static void CheckSecrets(SortedDictionary<string, string> secrets, SortedDictionary<string, string> settings, CredentialType type, List<JsonProblem> found)
    {
        var missing = (type.Name, settings.GetValueOrDefault("grant")) switch
        {
            (CredentialType.OAuth2, CredentialType.ClientCredentials) when !secrets.ContainsKey("clientSecret") => "The grant client_credentials needs clientSecret in secrets.",
            (CredentialType.OAuth2, CredentialType.RefreshToken) when !secrets.ContainsKey("refreshToken") => "The grant refresh_token needs refreshToken in secrets.",
            (CredentialType.OAuth2, CredentialType.AuthorizationCode) when secrets.ContainsKey("refreshToken") => "The grant authorization_code takes no refreshToken: it comes from signing in.",
            (CredentialType.Custom, _) when secrets.Count == 0 => "A credential of type custom has at least one secret.",
            _ => null,
        };
        if (missing is not null && !found.Any(p => p.Pointer.StartsWith("/secrets", StringComparison.Ordinal)))
            found.Add(new("/secrets", "missing_property", missing));
        if (secrets.Sum(s => s.Value.Length) > MaxSecretLength * 2)
            found.Add(new("/secrets", "too_long", $"All secrets of a credential together may have {MaxSecretLength * 2:N0} characters."));
    }

    private static void CheckMeaning(SortedDictionary<string, string> settings, CredentialType type, List<JsonProblem> found)
    {
        if (type.Name == CredentialType.Basic && settings.TryGetValue("username", out var user) && user.Contains(':', StringComparison.Ordinal))
            found.Add(new("/settings/username", "invalid_value", "username holds a colon, which basic authentication can't send."));
        if (type.Name == CredentialType.ApiKey && settings.TryGetValue("name", out var header) && settings.GetValueOrDefault("in") == "header" && !HeaderPattern().IsMatch(header))
            found.Add(new("/settings/name", "invalid_value", "name is no header name: use letters, digits and hyphens."));
    }

    private List<AllowedHost> CheckHosts(SortedDictionary<string, string> settings, CredentialType type, List<JsonProblem> found)
    {
        var hosts = new List<AllowedHost>();
        if (type.Name == CredentialType.Postgres)
        {
            if (AllowedHosts is not null)
                found.Add(new("/allowedHosts", "unknown_property", "A database's login is sent to its host and port only; leave allowedHosts out."));
            if (!settings.TryGetValue("host", out var host) || !settings.TryGetValue("port", out var port))
                return hosts;
            if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
                found.Add(new("/settings/port", "invalid_value", "port is a number from 1 to 65535, as a text."));
            else if (!AllowedHost.TryParse($"postgres://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{number}", out var server) || server.IsBelow)
                found.Add(new("/settings/host", "invalid_value", "host is a name or an address, such as db.example.com."));
            else
                hosts.Add(server);
            return hosts;
        }
        if (AllowedHosts is not { Count: > 0 and <= MaxHosts })
        {
            found.Add(new("/allowedHosts", "missing_property", $"Say where the credential may be sent: 1 to {MaxHosts} hosts, such as api.example.com, *.example.com or http://crm.internal:8080."));
            return hosts;
        }
        for (var i = 0; i < AllowedHosts.Count; i++)
        {
            if (AllowedHost.TryParse(AllowedHosts[i], out var host) && host.Scheme != "postgres")
                hosts.Add(host);
            else
                found.Add(new($"/allowedHosts/{i}", "invalid_host", "A host is written api.example.com, api.example.com:8443, *.example.com, or http://crm.internal for one without TLS; without path, and not every name below a top-level domain."));
        }
        return hosts;
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex FieldPattern();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,199}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex HeaderPattern();
}

/// <summary>A credential to be saved, checked.</summary>
public sealed record CredentialDraft
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its type.</summary>
    public required string Type { get; init; }

    /// <summary>Its settings, with defaults.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Its secrets; null to leave those that are stored.</summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    /// <summary>Where it may be sent, as <see cref="AllowedHost"/> writes it.</summary>
    public required IReadOnlyList<string> AllowedHosts { get; init; }

    /// <summary>When it expires; null where nobody knows.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The name and type, and no secret.</summary>
    public override string ToString() => $"{nameof(CredentialDraft)} {{ Name = {Name}, Type = {Type} }}";
}
