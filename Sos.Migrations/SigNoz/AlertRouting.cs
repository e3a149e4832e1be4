using System.Text.Json.Nodes;

namespace Sos.Migrations.SigNoz;

/// <summary>Whom an alert reaches and where its runbook is: what the files can't know.</summary>
internal static class AlertRouting
{
    /// <summary>The annotation with the runbook, and how it begins in the files.</summary>
    public const string RunbookAnnotation = "runbook_url";

    public const string RunbookPath = "docs/operations.md";

    /// <summary>A rule for a channel, or, with none, for SigNoz's routing policies.</summary>
    public static JsonObject Route(JsonObject rule, string? channel, Uri? runbooks)
    {
        var routed = (JsonObject)rule.DeepClone();
        // A rule of somebody's own may name channels that are nothing to this program.
        var ours = (routed["condition"]?["thresholds"]?["spec"] as JsonArray ?? []).OfType<JsonObject>().Where(Names).ToList();
        foreach (var threshold in ours)
            threshold["channels"] = channel is null ? [] : new JsonArray(channel);
        if (channel is null && ours.Count > 0 && routed["notificationSettings"] is JsonObject notification)
            notification["usePolicy"] = true;
        if (runbooks is not null && routed["annotations"] is JsonObject annotations && (string?)annotations[RunbookAnnotation] is { } runbook && runbook.StartsWith(RunbookPath, StringComparison.Ordinal))
            annotations[RunbookAnnotation] = runbooks.AbsoluteUri + runbook[RunbookPath.Length..];
        return routed;
    }

    private static bool Names(JsonObject threshold) => threshold["channels"] is JsonArray { Count: 1 } channels && (string?)channels[0] == SigNozOptions.DefaultChannel;
}
