using System.Text.Json;
using Microsoft.OpenApi;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>Makes an action of an operation.</summary>
/// <param name="path">The path.</param>
/// <param name="item">What the document says of the path.</param>
/// <param name="method">The method.</param>
/// <param name="operation">The operation.</param>
/// <param name="schemas">Writes its schemas.</param>
/// <param name="warn">Told of what is left out.</param>
internal sealed class OperationReader(
    string path, IOpenApiPathItem item, HttpMethod method, OpenApiOperation operation, SchemaWriter schemas, Action<string, string> warn)
{
    private const int MaxParameters = 500;
    private const int MaxTitle = 200;
    private const int MaxDescription = 4_000;

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    // RFC 9110's own, of which OpenAPI says that parameters of these names are to be ignored.
    private static readonly HashSet<string> IgnoredHeaders = new(StringComparer.OrdinalIgnoreCase) { "Accept", "Content-Type", "Authorization" };

    private readonly Dictionary<string, ConnectorParameter> parameters = new(StringComparer.Ordinal);
    private readonly List<(string Argument, string Cookie)> cookies = [];
    private string? idempotencyHeader;
    private string target = "";

    /// <summary>Makes the action.</summary>
    /// <exception cref="NotSupportedException">It can't be called.</exception>
    public ConnectorAction Read()
    {
        if (!Methods.Contains(method.Method))
            throw new NotSupportedException($"the method {method.Method} is not sent");
        target = path;
        foreach (var parameter in Parameters())
            Add(parameter);
        var body = method.Method is "GET" or "HEAD" ? null : OperationBody.Read(operation.RequestBody, schemas, warn);
        foreach (var (name, parameter) in body?.Parameters ?? [])
            Add(name, "body", parameter);
        return new ConnectorAction
        {
            Title = Title(),
            Description = Description(),
            Method = method.Method,
            Path = target,
            Parameters = parameters,
            Headers = cookies.Count == 0 ? new Dictionary<string, JsonElement>() : new Dictionary<string, JsonElement> { ["Cookie"] = CookieParameters.Template(cookies) },
            Encoding = body?.Encoding ?? BodyEncoding.Json,
            ContentType = body?.ContentType,
            Idempotency = idempotencyHeader is null ? null : new ConnectorIdempotency { Header = idempotencyHeader },
            Pagination = Pagination(),
        };
    }

    // An operation's own replace those of its path with the same name and place.
    private IEnumerable<IOpenApiParameter> Parameters() => (operation.Parameters ?? []).Concat(item.Parameters ?? []).DistinctBy(p => (p.Name, p.In));

    private void Add(IOpenApiParameter parameter)
    {
        if (parameter.Name is not { Length: > 0 and <= 200 } name)
        {
            warn("parameter_left_out", "A parameter leads nowhere, or has no name that can be used.");
            return;
        }
        switch (parameter.In)
        {
            case ParameterLocation.Path:
                if (SpansSegments(parameter))
                    target = target.Replace($"{{{name}}}", $"{{+{name}}}", StringComparison.Ordinal);
                Add(name, "path", Make(parameter, ParameterPlace.Path, isRequired: true));
                break;
            case ParameterLocation.Query:
                AddQuery(name, parameter);
                break;
            case ParameterLocation.Header when name.Equals("Idempotency-Key", StringComparison.OrdinalIgnoreCase):
                idempotencyHeader = name;
                break;
            case ParameterLocation.Header when !IgnoredHeaders.Contains(name):
                Add(name, "header", Make(parameter, ParameterPlace.Header, parameter.Required));
                break;
            case ParameterLocation.Cookie when CookieParameters.IsName(name):
                cookies.Add((Add(name, "cookie", Make(parameter, ParameterPlace.Expression, parameter.Required)), name));
                break;
            case ParameterLocation.Cookie:
                warn("parameter_left_out", $"The cookie '{name}' is left out: its name can't be sent.");
                break;
        }
    }

    // GitHub's way to say that a value may hold slashes; OpenAPI itself has none.
    private static bool SpansSegments(IOpenApiParameter parameter) =>
        parameter.Extensions is { } extensions && extensions.TryGetValue("x-multi-segment", out var extension)
        && extension is JsonNodeExtension { Node: { } node } && node.GetValueKind() == JsonValueKind.True;

    private void AddQuery(string name, IOpenApiParameter parameter)
    {
        var schema = SchemaWriter.Resolve(parameter.Schema);
        // In the style form, exploded, an object's members are parameters of their own names.
        if (parameter.Style is ParameterStyle.Form or null && parameter.Explode && schema is { Type: JsonSchemaType.Object, Properties.Count: > 0 })
        {
            foreach (var (member, its) in SchemaWriter.Writable(schema))
                Add(member, "query", new ConnectorParameter { Schema = schemas.Write(its), Required = parameter.Required && schema.Required?.Contains(member) == true, In = ParameterPlace.Query });
            return;
        }
        Add(name, "query", Make(parameter, ParameterPlace.Query, parameter.Required) with { List = StyleOf(parameter) });
    }

    private static ListStyle StyleOf(IOpenApiParameter parameter) => (parameter.Style, parameter.Explode) switch
    {
        _ when parameter.Content is { Count: > 0 } => ListStyle.Json,
        (ParameterStyle.DeepObject, _) => ListStyle.Brackets,
        (ParameterStyle.SpaceDelimited, false) => ListStyle.Space,
        (ParameterStyle.PipeDelimited, false) => ListStyle.Pipe,
        (_, false) => ListStyle.Comma,
        _ => ListStyle.Repeat,
    };

    private ConnectorParameter Make(IOpenApiParameter parameter, ParameterPlace place, bool isRequired)
    {
        var schema = parameter.Schema ?? parameter.Content?.Values.FirstOrDefault()?.Schema;
        return new ConnectorParameter { Schema = schemas.Write(schema, WithDefault(parameter.Description, schema)), Required = isRequired, In = place };
    }

    /// <summary>What is said of a value, with the service's default: SOS sends none by itself, which in a change would reset what is there.</summary>
    internal static string? WithDefault(string? description, IOpenApiSchema? schema)
    {
        description = string.IsNullOrWhiteSpace(description) ? SchemaWriter.Resolve(schema)?.Description : description;
        return SchemaWriter.Resolve(schema)?.Default is { } given && JsonLength.IsWithin(given, 100) && given.ToJsonString() is { Length: <= 100 } value ? $"{description}{(string.IsNullOrWhiteSpace(description) ? "" : " ")}Default: {value}." : description;
    }

    private string Add(string name, string place, ConnectorParameter parameter)
    {
        if (parameters.Count == MaxParameters)
            throw new NotSupportedException($"it takes more than {MaxParameters} parameters");
        var unique = name;
        for (var n = 1; parameters.ContainsKey(unique); n++)
            unique = n == 1 ? $"{place}_{name}" : $"{place}{n}_{name}";
        parameters.Add(unique, unique == name || parameter.In is ParameterPlace.WholeBody or ParameterPlace.Expression || parameter.As is not null ? parameter : parameter with { As = name });
        return unique;
    }

    private string Title()
    {
        var text = (string.IsNullOrWhiteSpace(operation.Summary) ? operation.OperationId : operation.Summary)?.ReplaceLineEndings(" ").Trim();
        text = string.IsNullOrEmpty(text) ? $"{method.Method} {path}" : text;
        return text.Length <= MaxTitle ? text : text[..(MaxTitle - 1)] + "…";
    }

    private string Description()
    {
        var text = ((operation.Deprecated ? "Deprecated. " : "") + operation.Description?.Trim()).Trim();
        return text.Length <= MaxDescription ? text : text[..(MaxDescription - 1)] + "…";
    }

    /// <summary>Lists whose answers have a <c>Link</c> header (RFC 8288) lead on by it.</summary>
    private ConnectorPagination? Pagination()
    {
        if (method != HttpMethod.Get || operation.Responses?.GetValueOrDefault("200") is not { Headers: { } headers } answer
            || !headers.Keys.Contains("Link", StringComparer.OrdinalIgnoreCase)
            || SchemaWriter.Resolve(answer.Content?.Values.FirstOrDefault()?.Schema)?.Type is not { } type || !type.HasFlag(JsonSchemaType.Array))
        {
            return null;
        }
        return new ConnectorPagination { Type = PaginationType.Link, Size = parameters.Keys.FirstOrDefault(p => p is "per_page" or "page_size" or "pageSize" or "limit") };
    }
}
