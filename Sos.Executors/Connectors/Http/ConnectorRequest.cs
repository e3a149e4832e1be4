using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sos.Executors.Nodes;
using Sos.Executors.Outbound;
using Sos.Workflows.Connectors;
using Sos.Workflows.Credentials;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Connectors.Http;

/// <summary>A request of an action; of a list, the one of a page.</summary>
internal sealed record ConnectorRequest
{
    private ConnectorRequest()
    {
    }

    public required HttpMethod Method { get; init; }

    public required Uri Url { get; init; }

    public required RequestBody Body { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    public required PlacedCredential Credential { get; init; }

    public required string IdempotencyKey { get; init; }

    /// <summary>Makes the first, or only, request.</summary>
    /// <exception cref="ConnectorException">The call makes no request.</exception>
    public static ConnectorRequest Of(ProviderCall call, Credential? credential, NodeContext context)
    {
        var plan = call.Plan!;
        var action = plan.Action;
        var arguments = call.Arguments.EnumerateObject().ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal);
        var expressions = new RequestExpressions(call, credential, arguments, context);
        try
        {
            var placed = PlacedCredential.Of(call, credential, context.Secrets);
            var query = plan.Query.SelectMany(q => ParameterText.Pairs(q.Key, expressions.Render(q.Value), ListStyle.Repeat))
                .Concat(plan.Parameters.Where(p => p.Place == ParameterPlace.Query && arguments.ContainsKey(p.Name)).SelectMany(p => ParameterText.Pairs(p.Target, arguments[p.Name], p.Parameter.List)))
                .Concat(placed.Query)
                .ToList();
            return new ConnectorRequest
            {
                Method = HttpMethod.Parse(action.Method),
                Url = QueryString.Add(UrlTemplate.Parse(UrlOf(call, plan, arguments, placed)), query),
                Headers = HeadersOf(call, plan, arguments, placed, expressions),
                Body = placed.Body.Aggregate(
                    RequestBody.Of(plan, plan.Body is null ? default : expressions.Render(plan.Body), arguments),
                    (body, secret) => body.With(secret.Key, JsonValue.Create(secret.Value))),
                Credential = placed,
                IdempotencyKey = context.IdempotencyKey,
            };
        }
        catch (TemplateException e)
        {
            throw new ConnectorException("expression_failed", $"An expression of the action '{call.Action}' of the connector '{call.Manifest.Id}' failed: {e.Message}");
        }
    }

    /// <summary>The request as it is sent.</summary>
    public async Task<OutboundRequest> EncodeAsync(CancellationToken cancellationToken)
    {
        var (bytes, contentType) = await Body.EncodeAsync(IdempotencyKey, cancellationToken);
        return new OutboundRequest
        {
            Method = Method,
            Url = Url,
            Headers = Headers,
            SecretHeaders = Credential.Headers.Select(h => h.Key).ToHashSet(StringComparer.OrdinalIgnoreCase),
            SecretParameters = Credential.Query.Select(q => q.Key).ToHashSet(StringComparer.Ordinal),
            Body = bytes,
            ContentType = contentType,
            HasSecretBody = Credential.Body.Count > 0,
            MaxRedirects = 5,
        };
    }

    private static string UrlOf(ProviderCall call, ActionPlan plan, Dictionary<string, JsonElement> arguments, PlacedCredential placed)
    {
        var inPath = plan.Parameters.Where(p => p.Place == ParameterPlace.Path).ToDictionary(p => p.Target, p => p.Name, StringComparer.Ordinal);
        return UrlTemplate.FillBase(call.BaseUrl, Outside).TrimEnd('/') + UrlTemplate.FillPath(plan.Action.Path, name =>
            inPath.TryGetValue(name, out var parameter) ? arguments.TryGetValue(parameter, out var value) ? ParameterText.Text(value) : null : Outside(name));

        string? Outside(string name) => placed.Path.TryGetValue(name, out var secret) ? secret : call.Settings.GetValueOrDefault(name);
    }

    private static IReadOnlyList<KeyValuePair<string, string>> HeadersOf(
        ProviderCall call, ActionPlan plan, Dictionary<string, JsonElement> arguments, PlacedCredential placed, RequestExpressions expressions)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Accept"] = "application/json", ["User-Agent"] = OutboundHeaders.UserAgent };
        foreach (var (name, value) in call.Manifest.Headers.Concat(call.Provider?.Headers ?? new Dictionary<string, JsonElement>()))
            Set(name, ParameterText.Text(expressions.Render(Template.Compile(value))));
        foreach (var (name, template) in plan.Headers)
            Set(name, ParameterText.Text(expressions.Render(template)));
        foreach (var parameter in plan.Parameters.Where(p => p.Place == ParameterPlace.Header && arguments.ContainsKey(p.Name)))
            Set(parameter.Target, ParameterText.Text(arguments[parameter.Name]));
        if (plan.Action.Idempotency is { } idempotency)
            Set(idempotency.Header, expressions.KeyAs(idempotency.Format));
        foreach (var (name, value) in placed.Headers)
            Set(name, value);
        return [.. headers];

        void Set(string name, string? value)
        {
            if (value is null)
                return;
            if ((OutboundHeaders.NameProblem(name) ?? OutboundHeaders.ValueProblem(name, value)) is { } problem)
                throw new ConnectorException("invalid_arguments", problem);
            headers[name] = value;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class ConnectorRequestJson : JsonSerializerContext;
