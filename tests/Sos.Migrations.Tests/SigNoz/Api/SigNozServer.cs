using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sos.Migrations.Tests.SigNoz.Api;

/// <summary>
/// A server that speaks SigNoz's API as its description has it: a request or an answer that breaks it is a problem, and
/// what it keeps comes back with every default filled in.
/// </summary>
internal sealed partial class SigNozServer : IAsyncDisposable
{
    public const string ApiKey = "key-Canary-5ecret";
    public const string Email = "root@example.com";
    public const string Password = "Password-Canary-5ecret";
    private const string Token = "token-Canary-5ecret";

    private readonly WebApplication app;
    private readonly Lock gate = new();
    private int ids;

    private SigNozServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(HandleAsync);
    }

    public static async Task<SigNozServer> StartAsync(bool isOpen = true, bool listsRulesAtV3 = false)
    {
        var server = new SigNozServer { IsOpen = isOpen, ListsRulesAtV3 = listsRulesAtV3 };
        await server.app.StartAsync();
        server.Url = new Uri(server.app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        return server;
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>Whether everybody is the first user, as with impersonation; else a key or a login is asked for.</summary>
    private bool IsOpen { get; init; }

    /// <summary>Whether it is a version that lists rules at v3 alone.</summary>
    private bool ListsRulesAtV3 { get; init; }

    /// <summary>Answers a request instead of the server; the handler says whether it did.</summary>
    public Func<HttpContext, Task<bool>>? Instead { get; set; }

    public List<JsonObject> Channels { get; } = [];

    public List<JsonObject> Dashboards { get; } = [];

    public List<JsonObject> Rules { get; } = [];

    /// <summary>All requests, such as <c>GET /api/v2/healthz</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What broke the description.</summary>
    public ConcurrentQueue<string> Problems { get; } = [];

    /// <summary>The requests that change something.</summary>
    public IReadOnlyList<string> Writes => [.. Requests.Where(request => !request.StartsWith("GET ", StringComparison.Ordinal) && !request.Contains("/sessions/"))];

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value!);
        Requests.Enqueue($"{method} {path}");
        if (Instead is { } instead && await instead(context))
            return;
        var described = path == "/api/v3/rules" && ListsRulesAtV3 ? ApiDescription.Find(method, "/api/v2/rules") : ApiDescription.Find(method, path);
        if (described is not { } found || path == "/api/v2/rules" && method == "GET" && ListsRulesAtV3)
        {
            // SigNoz gives its start page for addresses that it does not know.
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<!doctype html><title>SigNoz</title>");
            return;
        }
        var body = context.Request.HasJsonContentType() ? await JsonNode.ParseAsync(context.Request.Body) : null;
        foreach (var problem in ApiDescription.CheckRequest(found.Operation, path == "/api/v3/rules" ? [] : context.Request.Query.Keys, body))
            Problems.Enqueue($"{method} {path}: {problem}");
        var (status, answer) = IsKnown(context) || path.Contains("/sessions/") || path.EndsWith("/healthz", StringComparison.Ordinal)
            ? Answer($"{method} {path.Replace(found.Id ?? "\n", "{id}")}", found.Id, context.Request.Query, body)
            : (401, Error("unauthenticated"));
        if (status < 300 && path != "/api/v3/rules")
        {
            foreach (var problem in ApiDescription.CheckAnswer(found.Operation, status, answer))
                Problems.Enqueue($"the answer to {method} {path}: {problem}");
        }
        context.Response.StatusCode = status;
        if (answer is not null)
            await context.Response.WriteAsJsonAsync(answer);
    }

    private bool IsKnown(HttpContext context) => IsOpen || context.Request.Headers["SIGNOZ-API-KEY"] == ApiKey || context.Request.Headers.Authorization == $"Bearer {Token}";

    private (int Status, JsonNode? Answer) Answer(string operation, string? id, IQueryCollection query, JsonNode? body)
    {
        lock (gate)
        {
            return operation switch
            {
                "GET /api/v2/healthz" => (200, Data(new JsonObject { ["healthy"] = true })),
                "GET /api/v2/sessions/context" => (200, Data(new JsonObject { ["exists"] = query["email"] == Email, ["orgs"] = query["email"] == Email ? new JsonArray(new JsonObject { ["id"] = "org" }) : [] })),
                "POST /api/v2/sessions/email_password" => (string?)body!["password"] == Password && (string?)body["orgId"] == "org"
                    ? (200, Data(new JsonObject { ["accessToken"] = Token }))
                    : (401, Error("invalid email or password")),
                "GET /api/v1/channels" => (200, Data(Copy(Channels))),
                "POST /api/v1/channels" => Keep(Channels, 201, Channel(NewId(), body!)),
                "PUT /api/v1/channels/{id}" => Replace(Channels, id!, 204, Channel(id!, body!)),
                "GET /api/v2/dashboards" => (200, Data(Listed(query))),
                "GET /api/v2/dashboards/{id}" => One(Dashboards, id!),
                "POST /api/v2/dashboards" => Keep(Dashboards, 201, Dashboard(NewId(), body!)),
                "PUT /api/v2/dashboards/{id}" => Replace(Dashboards, id!, 200, Dashboard(id!, body!)),
                "GET /api/v2/rules" => (200, Data(Copy(Rules))),
                "GET /api/v3/rules" => (200, Data(Page(query))),
                "GET /api/v2/rules/{id}" => One(Rules, id!),
                "POST /api/v2/rules" => Refusal(body!) ?? Keep(Rules, 201, Rule(NewId(), body!)),
                "PUT /api/v2/rules/{id}" => Refusal(body!) ?? Replace(Rules, id!, 204, Rule(id!, body!)),
                _ => throw new InvalidOperationException(operation),
            };
        }
    }

    private string NewId() => $"id-{++ids:0000}";

    private static JsonObject Channel(string id, JsonNode receiver) => new()
    {
        ["id"] = id, ["name"] = receiver["name"]!.DeepClone(), ["type"] = "webhook", ["data"] = receiver.ToJsonString(), ["orgId"] = "org",
    };

    private static JsonObject Dashboard(string id, JsonNode body)
    {
        var kept = body.DeepClone().AsObject();
        (kept["id"], kept["orgId"], kept["locked"], kept["source"]) = (id, "org", false, "user");
        ApiDescription.FillIn("DashboardtypesGettableDashboardV2", kept);
        return kept;
    }

    private static JsonObject Rule(string id, JsonNode body)
    {
        var kept = body.DeepClone().AsObject();
        (kept["id"], kept["state"]) = (id, "inactive");
        // SigNoz sorts thresholds, too; the other way round, so that the order in the files does not hide it.
        var thresholds = kept["condition"]!["thresholds"]!;
        thresholds["spec"] = new JsonArray([.. thresholds["spec"]!.AsArray().OrderBy(threshold => (double)threshold!["target"]!).Select(threshold => threshold!.DeepClone())]);
        ApiDescription.FillIn("RuletypesRule", kept);
        return kept;
    }

    // pkg/types/ruletypes/api_params.go and pkg/query-service/rules/manager.go
    private (int, JsonNode?)? Refusal(JsonNode rule)
    {
        foreach (var threshold in rule["condition"]!["thresholds"]!["spec"]!.AsArray())
        {
            var channels = threshold!["channels"]!.AsArray().Select(channel => (string)channel!).ToList();
            if (channels.Except(Channels.Select(channel => (string)channel["name"]!)).FirstOrDefault() is { } missing)
                return (400, Error($"the following channels do not exist: [{missing}]"));
            if (channels.Count == 0 && !(bool)rule["notificationSettings"]!["usePolicy"]!)
                return (400, Error("at least one channel is required"));
        }
        return null;
    }

    private JsonObject Listed(IQueryCollection query)
    {
        var name = NameQuery().Match(query["query"]!).Groups[1].Value;
        var found = Dashboards.Where(each => (string?)each["name"] == name).Select(each => new JsonObject
        {
            ["id"] = each["id"]!.DeepClone(), ["orgId"] = "org", ["locked"] = false, ["source"] = "user", ["schemaVersion"] = "v6", ["name"] = name,
            ["tags"] = each["tags"]!.DeepClone(), ["spec"] = new JsonObject { ["display"] = each["spec"]!["display"]!.DeepClone() }, ["legacy"] = false,
        }).ToArray<JsonNode>();
        return new JsonObject { ["dashboards"] = new JsonArray(found), ["total"] = found.Length, ["tags"] = new JsonArray(), ["reservedKeywords"] = new JsonArray() };
    }

    // Two at a time, so that a client has to ask for the rest.
    private JsonObject Page(IQueryCollection query) => new()
    {
        ["rules"] = new JsonArray([.. Rules.Skip(int.TryParse(query["offset"], out var offset) ? offset : 0).Take(2).Select(rule => new JsonObject { ["id"] = rule["id"]!.DeepClone(), ["alert"] = rule["alert"]!.DeepClone() })]),
        ["total"] = Rules.Count,
    };

    private static JsonArray Copy(List<JsonObject> items) => new([.. items.Select(item => item.DeepClone())]);

    private static (int, JsonNode?) One(List<JsonObject> items, string id) =>
        items.Find(item => (string?)item["id"] == id) is { } found ? (200, Data(found.DeepClone())) : (404, Error("not found"));

    private static (int, JsonNode?) Keep(List<JsonObject> items, int status, JsonObject item)
    {
        items.Add(item);
        return (status, Data(item.DeepClone()));
    }

    private static (int, JsonNode?) Replace(List<JsonObject> items, string id, int status, JsonObject item)
    {
        var index = items.FindIndex(each => (string?)each["id"] == id);
        if (index < 0)
            return (404, Error("not found"));
        items[index] = item;
        return (status, status == 204 ? null : Data(item.DeepClone()));
    }

    private static JsonObject Data(JsonNode data) => new() { ["status"] = "success", ["data"] = data };

    public static JsonObject Error(string message) => new() { ["status"] = "error", ["error"] = new JsonObject { ["code"] = "code", ["message"] = message } };

    [GeneratedRegex("^name = '(.*)'$")]
    private static partial Regex NameQuery();
}
