using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sos.Migrations.SigNoz;

/// <summary>
/// The marks on what this program made: whose it is, so that nobody else's is ever changed, and a digest of all that was
/// asked for, so that something taken out of a file is noticed although a server's own additions are not.
/// </summary>
internal static class SigNozStamp
{
    public const string Owner = "sos-migrations";

    // Dashboards have tags. Rules have labels, which alerts are grouped and routed by, and annotations, which are only shown.
    public const string OwnerTag = "managed-by";
    public const string RevisionTag = "revision";
    public const string OwnerLabel = "managed_by";
    public const string RevisionAnnotation = "revision";

    /// <summary>A dashboard with its marks.</summary>
    public static JsonObject Dashboard(JsonObject body)
    {
        var stamped = (JsonObject)body.DeepClone();
        if (stamped["tags"] is not JsonArray tags)
            stamped["tags"] = tags = [];
        tags.Add((JsonNode)new JsonObject { ["key"] = OwnerTag, ["value"] = Owner });
        tags.Add((JsonNode)new JsonObject { ["key"] = RevisionTag, ["value"] = Digest(body) });
        return stamped;
    }

    /// <summary>A rule with its marks.</summary>
    public static JsonObject Rule(JsonObject body)
    {
        var stamped = (JsonObject)body.DeepClone();
        Member(stamped, "labels")[OwnerLabel] = Owner;
        Member(stamped, "annotations")[RevisionAnnotation] = Digest(body);
        return stamped;
    }

    /// <summary>Whether this program made a dashboard.</summary>
    public static bool IsOwn(JsonObject dashboard) => dashboard["tags"] is JsonArray tags
        && tags.Any(tag => tag is JsonObject each && (string?)each["key"] == OwnerTag && (string?)each["value"] == Owner);

    /// <summary>Whether this program made a rule.</summary>
    public static bool IsOwnRule(JsonObject rule) => rule["labels"] is JsonObject labels && (string?)labels[OwnerLabel] == Owner;

    private static JsonObject Member(JsonObject body, string name)
    {
        if (body[name] is not JsonObject member)
            body[name] = member = [];
        return member;
    }

    private static string Digest(JsonObject body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body.ToJsonString())).AsSpan(0, 6));
}
