using System.Net;
using System.Text.Json.Nodes;

namespace Sos.Migrations.SigNoz;

/// <summary>
/// The part of SigNoz's API that is needed here (docs/api/openapi.yml in github.com/SigNoz/signoz, v0.138): health, login,
/// channels, dashboards and alert rules. Nothing is tried twice; <see cref="SigNozRetry"/> does that.
/// </summary>
internal sealed class SigNozClient(SigNozHttp http)
{
    private const int Page = 200;
    private const int MaxPages = 50;

    // Versions up to 0.149 list rules at the second address, later ones at the first.
    private static readonly string[] RuleLists = ["api/v3/rules", "api/v2/rules"];

    private string? ruleList;

    /// <summary>Whether all parts of SigNoz run, the first user included.</summary>
    /// <exception cref="SigNozException">It can't be told: nothing answers.</exception>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        var status = await http.ProbeAsync("api/v2/healthz", cancellationToken);
        // Where a proxy keeps the address to itself, the requests that follow tell.
        return status is HttpStatusCode.OK or >= HttpStatusCode.MultipleChoices and < HttpStatusCode.InternalServerError and not HttpStatusCode.TooManyRequests;
    }

    /// <summary>Signs in as a user.</summary>
    public async Task SignInAsync(string email, string password, Uri site, CancellationToken cancellationToken)
    {
        var context = await http.SendAsync(HttpMethod.Get, $"api/v2/sessions/context?email={Uri.EscapeDataString(email)}&ref={Uri.EscapeDataString(site.GetLeftPart(UriPartial.Authority))}", null, cancellationToken);
        if (context?["orgs"] is not JsonArray { Count: > 0 } organizations || Text(organizations[0]?["id"]) is not { } organization)
            throw new SigNozException("SigNoz does not know the user of SigNoz:Email.");
        var session = await http.SendAsync(HttpMethod.Post, "api/v2/sessions/email_password",
            new JsonObject { ["email"] = email, ["password"] = password, ["orgId"] = organization }, cancellationToken);
        http.Authorize(Text(session?["accessToken"]) ?? throw new SigNozException("SigNoz accepted the login and gave no token. Is SigNoz v0.135 or newer?"));
    }

    /// <summary>The channel of a name.</summary>
    /// <returns>Null where there is none.</returns>
    public async Task<JsonObject?> FindChannelAsync(string name, CancellationToken cancellationToken) =>
        Find(List(await http.SendAsync(HttpMethod.Get, "api/v1/channels", null, cancellationToken), "api/v1/channels"), name, "name").FirstOrDefault();

    public Task CreateChannelAsync(JsonObject channel, CancellationToken cancellationToken) => http.SendAsync(HttpMethod.Post, "api/v1/channels", channel, cancellationToken);

    public Task ReplaceChannelAsync(string id, JsonObject channel, CancellationToken cancellationToken) => http.SendAsync(HttpMethod.Put, $"api/v1/channels/{Escape(id)}", channel, cancellationToken);

    /// <summary>The dashboards of a name, whole; SigNoz does not keep names apart.</summary>
    public async Task<IReadOnlyList<JsonObject>> FindDashboardsAsync(string name, CancellationToken cancellationToken)
    {
        var query = Uri.EscapeDataString($"name = '{name.Replace("\\", "\\\\").Replace("'", "\\'")}'");
        var answer = await http.SendAsync(HttpMethod.Get, $"api/v2/dashboards?query={query}&limit={Page}", null, cancellationToken);
        var whole = new List<JsonObject>();
        foreach (var listed in Find(List(answer?["dashboards"] ?? throw NotUnderstood("api/v2/dashboards"), "api/v2/dashboards"), name, "name"))
            whole.Add(await WholeAsync($"api/v2/dashboards/{Escape(Id(listed))}", cancellationToken));
        return whole;
    }

    public Task CreateDashboardAsync(JsonObject dashboard, CancellationToken cancellationToken) => http.SendAsync(HttpMethod.Post, "api/v2/dashboards", dashboard, cancellationToken);

    public Task ReplaceDashboardAsync(string id, JsonObject dashboard, CancellationToken cancellationToken) => http.SendAsync(HttpMethod.Put, $"api/v2/dashboards/{Escape(id)}", dashboard, cancellationToken);

    /// <summary>The alert rules of a name, whole; SigNoz does not keep names apart.</summary>
    public async Task<IReadOnlyList<JsonObject>> FindRulesAsync(string name, CancellationToken cancellationToken)
    {
        var whole = new List<JsonObject>();
        foreach (var listed in Find(await ListRulesAsync(cancellationToken), name, "alert", "name"))
            whole.Add(await WholeAsync($"api/v2/rules/{Escape(Id(listed))}", cancellationToken));
        return whole;
    }

    public Task CreateRuleAsync(JsonObject rule, CancellationToken cancellationToken) => http.SendAsync(HttpMethod.Post, "api/v2/rules", rule, cancellationToken);

    public Task ReplaceRuleAsync(string id, JsonObject rule, CancellationToken cancellationToken) => http.SendAsync(HttpMethod.Put, $"api/v2/rules/{Escape(id)}", rule, cancellationToken);

    /// <summary>The id that SigNoz gave something.</summary>
    public static string Id(JsonObject item) => Text(item["id"]) ?? throw new SigNozException("SigNoz gave something no id. Is SigNoz v0.135 or newer?");

    private async Task<JsonArray> ListRulesAsync(CancellationToken cancellationToken)
    {
        foreach (var list in ruleList is null ? RuleLists : [ruleList])
        {
            if (await http.TryGetAsync(list, cancellationToken) is not { } first)
                continue;
            ruleList = list;
            return await RestAsync(list, first["data"], cancellationToken);
        }
        throw new SigNozException($"SigNoz has no list of alert rules at {string.Join(" or ", RuleLists)}. Is it v0.135 or newer?");
    }

    // The newer list comes in pages and tells how many there are. One that is not understood is not taken for an empty
    // one, or every run would make all rules anew.
    private async Task<JsonArray> RestAsync(string list, JsonNode? data, CancellationToken cancellationToken)
    {
        if (data is null or JsonArray)
            return data as JsonArray ?? [];
        var rules = new JsonArray();
        for (var page = 0; page < MaxPages; page++)
        {
            if (data is not JsonObject some || !some.ContainsKey("rules") || some["total"] is not JsonValue count || !count.TryGetValue(out int total))
                throw NotUnderstood(list);
            foreach (var rule in List(some["rules"], list))
                rules.Add(rule?.DeepClone());
            if (rules.Count >= total)
                return rules;
            data = (await http.TryGetAsync($"{list}?limit={Page}&offset={rules.Count}", cancellationToken))?["data"];
        }
        throw NotUnderstood(list);
    }

    private async Task<JsonObject> WholeAsync(string path, CancellationToken cancellationToken) =>
        await http.SendAsync(HttpMethod.Get, path, null, cancellationToken) as JsonObject ?? throw new SigNozException($"{path} has no content. Is SigNoz v0.135 or newer?");

    private static JsonArray List(JsonNode? node, string path) => node is null or JsonArray ? node as JsonArray ?? [] : throw NotUnderstood(path);

    private static IEnumerable<JsonObject> Find(JsonArray items, string name, params string[] keys) =>
        items.OfType<JsonObject>().Where(item => keys.Select(key => Text(item[key])).FirstOrDefault(text => text is not null) == name);

    private static SigNozException NotUnderstood(string path) => new($"SigNoz's answer to GET {path} has a shape that this version does not know, so nothing is changed there.");

    private static string Escape(string id) => Uri.EscapeDataString(id);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
