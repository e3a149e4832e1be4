using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Connectors.Http;

/// <summary>What the expressions of a request see.</summary>
internal sealed class RequestExpressions
{
    private static readonly JsonElement Null = JsonElement.Parse("null"u8);

    private readonly CelVariables variables;
    private readonly CelContext evaluation;
    private readonly string key;

    public RequestExpressions(ProviderCall call, Credential? credential, IReadOnlyDictionary<string, JsonElement> arguments, NodeContext context)
    {
        var all = call.Plan!.Action.Parameters.Keys.ToDictionary(name => name, name => arguments.GetValueOrDefault(name, Null), StringComparer.Ordinal);
        var settings = credential?.Settings.ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal) ?? [];
        key = context.IdempotencyKey;
        evaluation = new CelContext { TimeProvider = context.Time };
        variables = new CelVariables()
            .Add(ActionPlan.Arguments, JsonSerializer.SerializeToElement(all, ConnectorRequestJson.Default.DictionaryStringJsonElement))
            .Add("settings", JsonSerializer.SerializeToElement(new Dictionary<string, string>(call.Settings), ConnectorRequestJson.Default.DictionaryStringString))
            .Add("credential", JsonSerializer.SerializeToElement(settings, ConnectorRequestJson.Default.DictionaryStringString))
            .Add("idempotencyKey", JsonSerializer.SerializeToElement(KeyAs("text"), ConnectorRequestJson.Default.String));
    }

    /// <summary>Evaluates a template.</summary>
    public JsonElement Render(Template template) => template.Render(variables, evaluation);

    /// <summary>The key by which a service knows a request again.</summary>
    /// <param name="format"><c>text</c>, or <c>uuid</c> for a UUID of version 8 (RFC 9562 §5.8) made from it.</param>
    public string KeyAs(string format)
    {
        if (format != "uuid")
            return key.Length <= 255 ? key : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(key))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
