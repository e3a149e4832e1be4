using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Connectors;
using Sos.Api.Pages.Workflows;
using Sos.Workflows.Connectors;

namespace Sos.Api.Pages.Connectors;

/// <summary>What the pages say of connectors and their actions.</summary>
internal static class ConnectorWords
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Where a connector is from.</summary>
    public static string Origin(KnownConnector connector) => connector.Own?.Source switch
    {
        null => "built in",
        ConnectorReading.OpenApi => "your OpenAPI",
        _ => "your manifest",
    };

    /// <summary>A link that leads out; null where it is none for browsers to follow.</summary>
    public static string? Link(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" ? url.AbsoluteUri : null;

    /// <summary>What an action does to the service, as far as the connector says.</summary>
    public static (string Word, string Status) Effect(ConnectorAction action) =>
        action.ReadOnly ?? action.Method is "GET" or "HEAD" or "OPTIONS" ? ("reads", "status-completed")
        : action.Method == "DELETE" ? ("deletes", "status-failed")
        : ("writes", "status-waiting");

    /// <summary>What a retry of an action does.</summary>
    public static string Retry(ConnectorAction action) => action switch
    {
        { Idempotency: { } key } => $"Safe: the same key goes with every attempt in the header {key.Header}, so that the service does it once.",
        _ when Effect(action).Word == "reads" => "Safe: it changes nothing.",
        { Method: "PUT" or "DELETE" } => "Mostly safe: by HTTP's rules, doing it twice comes to the same.",
        _ => "May do it twice: the service can't be told that a request is a repetition. It is only tried again where it was surely not done.",
    };

    /// <summary>What the node gives.</summary>
    public static string Returns(ConnectorAction action) => (action.Pagination, action.Response.ValueKind) switch
    {
        ({ } pages, JsonValueKind.Undefined) => $"A list of the items of all pages ({pages.Type.ToString().ToLowerInvariant()}).",
        ({ } pages, _) => $"A list: of each page ({pages.Type.ToString().ToLowerInvariant()}), what this makes of the answer:",
        (null, JsonValueKind.Undefined) => "The body of the service's answer.",
        _ => "What this makes of the answer:",
    };

    /// <summary>A node that calls an action, with what it can't do without.</summary>
    public static string Node(string connector, string action, JsonElement? schema, string? credential)
    {
        var given = JsonNode.Parse(InputDraft.Of(schema))!.AsObject();
        var required = schema is { ValueKind: JsonValueKind.Object } s && s.TryGetProperty("required", out var names) && names.ValueKind == JsonValueKind.Array
            ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet(StringComparer.Ordinal)
            : [];
        foreach (var name in given.Select(p => p.Key).Where(n => !required.Contains(n)).ToList())
            given.Remove(name);
        var config = new JsonObject { ["connector"] = connector, ["action"] = action };
        if (credential is not null)
            config["credential"] = credential;
        if (given.Count > 0)
            config["with"] = given;
        return new JsonObject { ["id"] = "call", ["type"] = "connector", ["config"] = config }.ToJsonString(Indented);
    }
}
