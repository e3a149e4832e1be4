using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Models;
using Sos.Workflows.Store;

namespace Sos.Api.ModelProviders;

/// <summary>A connection to a model provider, to be saved.</summary>
public sealed partial record ModelProviderRequest
{
    private const int MaxSettings = 20;
    private const int MaxSettingLength = 500;

    private static readonly string[] BuiltIn = ["demo", "local"];
    private static readonly string[] Confidential = ["apikey", "api_key", "api-key", "secret", "password", "authorization", "credential"];
    private static readonly JsonElement NoSettings = JsonElement.Parse("{}");

    /// <summary>How nodes refer to it: 1 to 63 of a-z, 0-9 and -, such as <c>openai</c> or <c>our-vllm</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it speaks: <c>openai</c>, <c>openai-compatible</c>, <c>azure-openai</c> or <c>anthropic</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the provider is; <c>openai-compatible</c> and <c>azure-openai</c> need it.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>What else the kind takes: an object of texts, numbers and booleans. Everybody in the workspace can read it.</summary>
    public JsonElement Settings { get; init; }

    /// <summary>The API key; stored encrypted and never shown again. Left out in a change, the stored one stays.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Whether a change removes the stored API key.</summary>
    public bool RemoveApiKey { get; init; }

    /// <summary>Everything but the key.</summary>
    public override string ToString() => $"{nameof(ModelProviderRequest)} {{ Name = {Name}, Kind = {Kind} }}";

    /// <summary>The connection that is asked for.</summary>
    /// <exception cref="ProblemException">400 with everything that is wrong.</exception>
    internal ModelProviderDraft Check()
    {
        var problems = new List<JsonProblem>();
        if (!NamePattern().IsMatch(Name))
            problems.Add(new("/name", "invalid_name", "A provider's name has 1 to 63 of a-z, 0-9 and '-', and begins and ends with a letter or digit."));
        else if (BuiltIn.Contains(Name))
            problems.Add(new("/name", "reserved_name", $"'{Name}' is built in and can't be another provider's name."));
        if (!ProviderKind.All.Contains(Kind))
            problems.Add(new("/kind", "value_not_allowed", $"The kind is one of {string.Join(", ", ProviderKind.All)}."));
        var baseUrl = CheckBaseUrl(problems);
        CheckSettings(problems);
        if (ApiKey is not null && (ApiKey.Length is 0 or > 4_000 || !ApiKey.All(c => c is > ' ' and <= '~')))
            problems.Add(new("/apiKey", "invalid_key", "An API key has 1 to 4,000 visible ASCII characters without spaces."));
        if (ApiKey is not null && RemoveApiKey)
            problems.Add(new("/removeApiKey", "contradiction", "An API key can't be set and removed at once."));
        if (problems.Count > 0)
            throw ProblemCatalog.Invalid("invalid_provider", problems[0].Message, problems);
        return new ModelProviderDraft
        {
            Name = Name,
            Kind = Kind,
            BaseUrl = baseUrl,
            Settings = Settings.ValueKind == JsonValueKind.Undefined ? NoSettings : Settings,
            ApiKey = ApiKey,
        };
    }

    private Uri? CheckBaseUrl(List<JsonProblem> problems)
    {
        if (BaseUrl is null)
        {
            if (Kind is ProviderKind.OpenAICompatible or ProviderKind.AzureOpenAI)
                problems.Add(new("/baseUrl", "missing_base_url", $"A provider of kind {Kind} needs an address, such as https://models.example.com/v1."));
            return null;
        }
        if (BaseUrl.Length <= 2_000 && Uri.TryCreate(BaseUrl, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri is { UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 })
            return uri;
        problems.Add(new("/baseUrl", "invalid_base_url", "An address begins with http:// or https:// and has no user, query or fragment, such as https://models.example.com/v1."));
        return null;
    }

    private void CheckSettings(List<JsonProblem> problems)
    {
        if (Settings.ValueKind == JsonValueKind.Undefined)
            return;
        if (Settings.ValueKind != JsonValueKind.Object || Settings.GetPropertyCount() > MaxSettings)
        {
            problems.Add(new("/settings", "invalid_settings", $"Settings are an object of at most {MaxSettings} properties."));
            return;
        }
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in Settings.EnumerateObject())
        {
            if (!SettingName().IsMatch(setting.Name))
                problems.Add(new("/settings", "invalid_setting", "A setting's name begins with a letter and has 1 to 64 letters, digits, '-', '_' and '.'."));
            else if (!names.Add(setting.Name))
                problems.Add(new($"/settings/{setting.Name}", "duplicate_setting", $"The setting {setting.Name} is there twice; capitals make no difference."));
            else if (Confidential.Any(part => setting.Name.Contains(part, StringComparison.OrdinalIgnoreCase)))
                problems.Add(new($"/settings/{setting.Name}", "secret_in_settings", $"Settings are readable by everybody in the workspace: give secrets as 'apiKey', not as {setting.Name}."));
            else if (!IsSimple(setting.Value))
                problems.Add(new($"/settings/{setting.Name}", "invalid_setting", $"A setting is a text of at most {MaxSettingLength} characters, a number, true or false."));
        }
    }

    private static bool IsSimple(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: <= MaxSettingLength } text && StorableJson.Clean(text) == text,
        JsonValueKind.Number => value.GetRawText().Length <= 40,
        JsonValueKind.True or JsonValueKind.False => true,
        _ => false,
    };

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9._-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex SettingName();
}
