using System.Text.Json;
using Sos.Workflows.Connectors;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Connector;

/// <summary>What can be said of a <c>connector</c> config before it runs: of connectors that SOS comes with, everything but what expressions will give.</summary>
internal static class ConnectorConfigCheck
{
    /// <summary>Lists what is wrong.</summary>
    public static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        // A workspace may have a connector of its own under any other id; that is known only when the node runs.
        if (Constant(config, "connector") is not { } id || ShippedConnectors.Find(id) is not { } manifest)
            yield break;
        foreach (var name in Names(config, "settings").Where(n => !manifest.Settings.ContainsKey(n)))
            yield return new(JsonPointer.Append("/settings", name), "invalid_settings", $"The connector '{id}' has no setting '{name}'{(manifest.Settings.Count == 0 ? "" : $", only {string.Join(", ", manifest.Settings.Keys)}")}.");
        foreach (var (name, setting) in manifest.Settings.Where(s => s.Value.Default is null && !Names(config, "settings").Contains(s.Key, StringComparer.Ordinal)))
            yield return new("/settings", "invalid_settings", $"The connector '{id}' needs the setting '{name}'. {setting.Description}".TrimEnd());
        if (Constant(config, "action") is not { } actionName)
            yield break;
        if (!manifest.Actions.TryGetValue(actionName, out var action))
        {
            yield return new("/action", "connector_action_not_found", $"The connector '{id}' has no action '{actionName}'. It has {string.Join(", ", manifest.Actions.Keys)}.");
            yield break;
        }
        foreach (var problem in Arguments(config, action))
            yield return problem;
    }

    private static IEnumerable<ConfigProblem> Arguments(JsonElement config, ConnectorAction action)
    {
        var given = config.TryGetProperty("with", out var with) ? with : JsonElement.Parse("{}"u8);
        if (given.ValueKind != JsonValueKind.Object || !ActionPlan.TryCreate(action, out var plan, out _))
            return [];
        var options = new JsonSchemaOptions { TemplateKind = KindOf };
        return plan.Check(given, options).Select(p => new ConfigProblem("/with" + p.Pointer, p.Code, p.Message));
    }

    private static TemplateKind KindOf(string text) =>
        !text.Contains("{{", StringComparison.Ordinal) ? TemplateKind.None
        : text.StartsWith("{{", StringComparison.Ordinal) && text.EndsWith("}}", StringComparison.Ordinal) ? TemplateKind.Expression : TemplateKind.Text;

    private static IEnumerable<string> Names(JsonElement config, string property) =>
        config.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().Select(p => p.Name) : [];

    private static string? Constant(JsonElement config, string property) =>
        config.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String && !ScalarText.IsTemplate(value) ? value.GetString() : null;
}
