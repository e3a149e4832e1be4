using System.Text;
using System.Text.Json;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Sos.Workflows.Json;
using JsonPointer = Sos.Workflows.Json.JsonPointer;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>
/// Makes connectors of OpenAPI documents (3.0, 3.1) and of Swagger 2.0: every operation becomes an action. References
/// that lead out of the document are not fetched.
/// </summary>
public static class OpenApiImport
{
    /// <summary>The largest document, in bytes.</summary>
    public const int MaxBytes = 20 * 1024 * 1024;

    /// <summary>The most operations that a document may have.</summary>
    public const int MaxOperations = 5_000;

    private const int MaxDefinitionBytes = 256 * 1024;
    private const int MaxTotalBytes = 64 * 1024 * 1024;
    private const int MaxTitle = 100;
    private const int MaxDescription = 2_000;

    /// <summary>Whether a document says that it is OpenAPI or Swagger.</summary>
    public static bool IsOpenApi(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && (document.TryGetProperty("openapi", out _) || document.TryGetProperty("swagger", out _));

    /// <summary>Makes a connector.</summary>
    /// <param name="document">The document.</param>
    /// <param name="options">What the document does not say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static ConnectorReading Read(JsonElement document, OpenApiImportOptions options, CancellationToken cancellationToken = default)
    {
        var found = new Findings();
        if (Load(document, found) is not { } api)
            return found.Refused();
        var operations = api.Paths.SelectMany(p => Operations(p.Key, p.Value, found)).Take(MaxOperations + 1).ToList();
        if (operations.Count > MaxOperations)
            return found.Refused("/paths", "too_many_actions", $"The document has more than {MaxOperations:N0} operations, which is the most that become a connector. Import a part of it.");
        var address = ApiAddresses.Read(api.Servers, options.BaseUrl);
        if (address is null)
        {
            return found.Refused("/servers", "no_server",
                "The document names no absolute http or https address of the API. Say it with the parameter baseUrl, such as baseUrl=https://api.example.com/v1.");
        }
        var actions = Actions(operations, address, found, cancellationToken);
        if (found.IsRefused)
            return found.Refused();
        var head = new ConnectorManifest
        {
            Id = options.Id,
            Title = Short(options.Title ?? api.Info?.Title, MaxTitle) ?? options.Id,
            Description = Short(api.Info?.Description, MaxDescription) ?? "",
            Documentation = api.ExternalDocs?.Url is { IsAbsoluteUri: true, Scheme: "http" or "https" } docs && docs.AbsoluteUri.Length <= MaxDescription ? docs.AbsoluteUri : null,
            Settings = address.Settings,
            BaseUrl = address.BaseUrl,
            Auth = OpenApiSecurity.Read(api, found),
            Errors = new ConnectorErrors { Message = ["/message", "/error/message", "/error_description", "/detail", "/error", "/title"] },
            // It serves itself; the entry says what it speaks.
            Providers = [new ConnectorProvider { Id = options.Id, Type = ProviderType.OpenApi }],
            Actions = actions,
        };
        return Checked(head, actions, found);
    }

    private static OpenApiDocument? Load(JsonElement document, Findings found)
    {
        try
        {
            using var json = new MemoryStream(Encoding.UTF8.GetBytes(StorableJson.Clean(document).GetRawText()), writable: false);
            // No rules: what is against the specification and can be understood all the same is understood.
            var result = OpenApiDocument.Load(json, "json", new OpenApiReaderSettings { LoadExternalRefs = false, RuleSet = ValidationRuleSet.GetEmptyRuleSet() });
            foreach (var error in result.Diagnostic?.Errors ?? [])
                found.Warn(PointerOf(error.Pointer), "invalid_openapi", error.Message);
            if (result.Document is { Paths.Count: > 0 } api)
                return api;
            found.Refuse("/paths", "no_actions", "The document has no paths, and so nothing that can be called.");
        }
        catch (Exception e) when (OpenApiMistake.Is(e))
        {
            found.Refuse("", "invalid_openapi", $"The document can't be read as OpenAPI: {e.Message}");
        }
        return null;
    }

    private static Dictionary<string, ConnectorAction> Actions(IReadOnlyList<Operation> operations, ApiAddress address, Findings found, CancellationToken cancellationToken)
    {
        var names = new ActionNames();
        var actions = new Dictionary<string, ConnectorAction>(StringComparer.Ordinal);
        var total = 0L;
        foreach (var operation in operations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var schemas = new SchemaWriter(MaxDefinitionBytes, cancellationToken);
            if (Action(operation, address, schemas, found) is { } action)
            {
                var bytes = JsonSerializer.SerializeToUtf8Bytes(action, ConnectorJson.Default.ConnectorAction);
                total += bytes.Length;
                if (StorableJson.Check(bytes, new StorableJsonLimits { MaxBytes = MaxDefinitionBytes }) is [var problem, ..])
                    found.Skip(operation.Pointer, $"it can't be stored: {problem.Message}");
                else
                    actions.Add(names.For(operation.Value.OperationId, operation.Method.Method, operation.Path), action);
            }
            else
            {
                total += schemas.BytesWritten; // what is left out costs, too
            }
            if (total > MaxTotalBytes)
            {
                found.Refuse("/paths", JsonProblemCodes.TooLarge, $"The actions of the document take more than {MaxTotalBytes / 1024 / 1024} MiB. Import a part of it.");
                return actions;
            }
        }
        return actions;
    }

    private static IReadOnlyList<Operation> Operations(string path, IOpenApiPathItem item, Findings found)
    {
        try
        {
            return [.. (item.Operations ?? []).Select(o => new Operation(path, item, o.Key, o.Value))];
        }
        catch (Exception e) when (OpenApiMistake.Is(e))
        {
            found.Warn(JsonPointer.Append("/paths", path), "operation_left_out", $"The path is left out: {e.Message}");
            return [];
        }
    }

    private static ConnectorAction? Action(Operation operation, ApiAddress address, SchemaWriter schemas, Findings found)
    {
        try
        {
            if (!address.Serves(operation.Value.Servers is { Count: > 0 } own ? own : operation.Item.Servers))
            {
                found.Skip(operation.Pointer, "it is served from another address than the rest; import it as a connector of its own, with that baseUrl");
                return null;
            }
            return new OperationReader(
                operation.Path, operation.Item, operation.Method, operation.Value, schemas, (code, message) => found.Warn(operation.Pointer, code, message)).Read();
        }
        catch (Exception e) when (OpenApiMistake.Is(e))
        {
            found.Skip(operation.Pointer, e.Message);
            return null;
        }
    }

    /// <summary>Leaves out what can't be called.</summary>
    private static ConnectorReading Checked(ConnectorManifest manifest, Dictionary<string, ConnectorAction> actions, Findings found)
    {
        const string OfActions = "/actions/";
        foreach (var problem in ManifestCheck.Of(manifest, maxProblems: int.MaxValue).ToList())
        {
            if (problem.Pointer.StartsWith(OfActions, StringComparison.Ordinal) && JsonPointer.Segments(problem.Pointer) is [_, var name, ..])
            {
                if (actions.Remove(name))
                    found.Warn(problem.Pointer, "operation_left_out", problem.Message);
            }
            else
            {
                found.Refuse(problem.Pointer, problem.Code, problem.Message);
            }
        }
        if (actions.Count == 0)
            found.Refuse("/paths", "no_actions", "The document has no operation that can be called.");
        return found.IsRefused ? found.Refused() : found.Made(manifest);
    }

    private sealed record Operation(string Path, IOpenApiPathItem Item, HttpMethod Method, OpenApiOperation Value)
    {
        public string Pointer => JsonPointer.Append(JsonPointer.Append("/paths", Path), Method.Method.ToLowerInvariant());
    }

    private static string PointerOf(string? pointer) => pointer is { Length: > 0 } && pointer[0] == '#' ? pointer[1..] : pointer ?? "";

    private static string? Short(string? text, int length)
    {
        text = text?.Trim();
        return string.IsNullOrEmpty(text) ? null : text.Length <= length ? text : text[..(length - 1)] + "…";
    }
}

/// <summary>What an OpenAPI document does not say of a connector.</summary>
public sealed record OpenApiImportOptions
{
    /// <summary>The connector's id.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it; null as the document does.</summary>
    public string? Title { get; init; }

    /// <summary>Where the API is; null as the document says.</summary>
    public string? BaseUrl { get; init; }
}
