using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Connectors;
using Sos.Workflows.Store;

namespace Sos.Api.Connectors;

/// <summary><c>/connectors</c>: what SOS comes with, and what a workspace adds.</summary>
internal static class ConnectorEndpoints
{
    private const string Path = "/api/v1/connectors";
    private const int ShownActions = 100;

    public static void MapConnectors(this RouteGroupBuilder api)
    {
        var connectors = api.MapGroup("/connectors").WithTags("Connectors");
        connectors.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer)
            .WithSummary("List the connectors, by id")
            .WithDescription("Those that SOS comes with and the workspace's own, 200 at most.");
        connectors.MapGet("/{id}", GetAsync).RequireAuthorization(Roles.Viewer).Refuses(404)
            .WithSummary("Get a connector without its actions");
        connectors.MapGet("/{id}/actions", ActionsAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404)
            .WithSummary("List or search a connector's actions")
            .WithDescription("In the order of the document. 'search' finds those whose name, title and description hold all of its words; 'schemas=true' adds the JSON schemas of the arguments.");
        connectors.MapGet("/{id}/actions/{action}", ActionAsync).RequireAuthorization(Roles.Viewer).Refuses(404)
            .WithSummary("Get an action with the JSON schema of its arguments");
        TakesDocument(connectors.MapPost("", CreateAsync)).Refuses(400, 409, 413, 415)
            .WithSummary("Add a connector")
            .WithDescription("Of a manifest, or of an OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0 document, as JSON or YAML of at most 20 MiB. An OpenAPI document needs 'id'; 'title' and 'baseUrl' replace what it says. 'warnings' tells what of it was left out.");
        TakesDocument(connectors.MapPut("/{id}", ReplaceAsync)).Refuses(400, 404, 409, 413, 415)
            .WithSummary("Replace a connector of the workspace")
            .WithDescription("With all its actions. Executions that begin from now on use the new one; executors see it within five seconds.");
        TakesDocument(connectors.MapPost("/validate", ValidateAsync)).Refuses(400, 413, 415)
            .WithSummary("Check a manifest or an OpenAPI document")
            .WithDescription("Says everything that is wrong and saves nothing.");
        connectors.MapDelete("/{id}", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(404, 409)
            .WithSummary("Delete a connector of the workspace");
    }

    private static RouteHandlerBuilder TakesDocument(RouteHandlerBuilder endpoint) => endpoint
        .RequireAuthorization(Roles.Developer)
        .Accepts<ConnectorManifest>(isOptional: false, "application/json", ConnectorUpload.OtherTypes)
        .WithMetadata(new RequestExample(Examples.Connector), new RequestTimeoutAttribute(ApiLimits.WaitTimeoutPolicy), new RequestSizeLimitAttribute(ConnectorDocument.MaxBytes));

    private static async Task<Ok<ListAnswer<ConnectorSummary>>> ListAsync(HttpContext context, ConnectorStore store, CancellationToken cancellationToken)
    {
        var own = await store.ListAsync(context.Caller().WorkspaceId, cancellationToken);
        var shipped = ShippedConnectors.Ids.Except(own.Select(c => c.Head.Id)).Select(id => ConnectorSummary.Of(ShippedConnectors.Find(id)!, null));
        return TypedResults.Ok(new ListAnswer<ConnectorSummary>([.. own.Select(c => ConnectorSummary.Of(c.Head, c)).Concat(shipped).OrderBy(c => c.Id, StringComparer.Ordinal)]));
    }

    private static async Task<Ok<ConnectorAnswer>> GetAsync(HttpContext context, string id, ConnectorStore store, CancellationToken cancellationToken)
    {
        var (manifest, own) = await FindAsync(context, id, store, cancellationToken);
        return TypedResults.Ok(ConnectorAnswer.Of(manifest, own));
    }

    private static async Task<Ok<ListAnswer<ConnectorActionAnswer>>> ActionsAsync(
        HttpContext context, string id, ConnectorStore store, CancellationToken cancellationToken,
        string? search = null, bool schemas = false, string? cursor = null, string? limit = null)
    {
        if (search is { Length: > 200 } || search?.Any(char.IsControl) == true)
            throw ProblemCatalog.InvalidParameter("search", "at most 200 characters");
        var words = (search ?? "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var count = QueryText.Limit(limit);
        var after = Cursor.ReadNumber(Cursor.List.ConnectorActions, cursor) ?? 0;
        var (manifest, own) = await FindAsync(context, id, store, cancellationToken);
        var found = own is null
            ? manifest.Actions.Select((a, index) => new OwnAction(a.Key, index + 1, a.Value))
                .Where(a => a.Position > after && words.All(w => $"{a.Name} {a.Definition.Title} {a.Definition.Description}".Contains(w, StringComparison.OrdinalIgnoreCase)))
                .Take(count + 1).ToList()
            : await store.ActionsAsync(own, context.Caller().WorkspaceId, words, after, count + 1, cancellationToken);
        var hasMore = found.Count > count;
        if (hasMore)
            found.RemoveAt(count);
        return TypedResults.Ok(new ListAnswer<ConnectorActionAnswer>(
            [.. found.Select(a => ConnectorActionAnswer.Of(a.Name, a.Definition, schemas))], hasMore ? Cursor.Of(Cursor.List.ConnectorActions, found[^1].Position) : null));
    }

    private static async Task<Ok<ConnectorActionAnswer>> ActionAsync(HttpContext context, string id, string action, ConnectorStore store, CancellationToken cancellationToken)
    {
        var (manifest, own) = await FindAsync(context, id, store, cancellationToken);
        var found = action.Length > 128 || action.Any(char.IsControl) ? null
            : own is null ? manifest.Actions.GetValueOrDefault(action)
            : (await store.ActionAsync(own, context.Caller().WorkspaceId, action, cancellationToken))?.Definition;
        return found is null
            ? throw new ProblemException(StatusCodes.Status404NotFound, "not_found", $"The connector '{id}' has no such action. Search for it with GET {Path}/{id}/actions?search=….")
            : TypedResults.Ok(ConnectorActionAnswer.Of(action, found, withSchema: true));
    }

    private static async Task<Created<SavedConnectorAnswer>> CreateAsync(HttpContext context, ConnectorStore store, ConnectorUpload upload, CancellationToken cancellationToken)
    {
        var (manifest, reading) = Valid(await upload.ReadAsync(context, id: null, cancellationToken));
        RefuseShipped(manifest.Id);
        var connector = Saved(await store.CreateAsync(context.Caller(), manifest, reading.Source, cancellationToken), manifest.Id);
        return TypedResults.Created($"{Path}/{manifest.Id}", new SavedConnectorAnswer { Connector = ConnectorAnswer.Of(connector.Head, connector), Warnings = reading.Warnings });
    }

    private static async Task<Ok<SavedConnectorAnswer>> ReplaceAsync(HttpContext context, string id, ConnectorStore store, ConnectorUpload upload, CancellationToken cancellationToken)
    {
        await OwnAsync(context, id, store, cancellationToken);
        RefuseShipped(id);
        var (manifest, reading) = Valid(await upload.ReadAsync(context, id, cancellationToken));
        var connector = Saved(await store.ReplaceAsync(context.Caller(), manifest, reading.Source, cancellationToken), id);
        return TypedResults.Ok(new SavedConnectorAnswer { Connector = ConnectorAnswer.Of(connector.Head, connector), Warnings = reading.Warnings });
    }

    private static async Task<Ok<ConnectorValidationAnswer>> ValidateAsync(HttpContext context, ConnectorUpload upload, CancellationToken cancellationToken)
    {
        var reading = await upload.ReadAsync(context, id: null, cancellationToken);
        return TypedResults.Ok(new ConnectorValidationAnswer
        {
            Valid = reading.Manifest is not null,
            Source = reading.Source,
            Problems = reading.Problems,
            Warnings = reading.Warnings,
            Connector = reading.Manifest is { } manifest ? ConnectorAnswer.Of(manifest, null) with { Source = reading.Source } : null,
            Actions = reading.Manifest?.Actions.Keys.Take(ShownActions).ToList(),
        });
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, string id, ConnectorStore store, CancellationToken cancellationToken)
    {
        await OwnAsync(context, id, store, cancellationToken);
        return await store.DeleteAsync(context.Caller(), id, cancellationToken) ? TypedResults.NoContent() : throw ProblemCatalog.NotFound("connector", id);
    }

    private static async Task<(ConnectorManifest Manifest, OwnConnector? Own)> FindAsync(HttpContext context, string id, ConnectorStore store, CancellationToken cancellationToken)
    {
        var own = ConnectorIds.Problem(id) is null ? await store.FindAsync(context.Caller().WorkspaceId, id, cancellationToken) : null;
        return (own?.Head ?? ShippedConnectors.Find(id) ?? throw NotFound(id), own);
    }

    /// <summary>Makes sure that a connector is the workspace's own.</summary>
    private static async Task OwnAsync(HttpContext context, string id, ConnectorStore store, CancellationToken cancellationToken)
    {
        var (_, own) = await FindAsync(context, id, store, cancellationToken);
        if (own is null)
            throw ProblemCatalog.Conflict("connector_is_shipped", $"The connector '{id}' is one that SOS comes with. Add one of your own under another id.");
    }

    /// <summary>Refuses the ids of those that SOS comes with: a workflow would be checked against the one, and call the other.</summary>
    private static void RefuseShipped(string id)
    {
        if (ShippedConnectors.Find(id) is not null)
            throw ProblemCatalog.Conflict("name_taken", $"SOS comes with a connector '{id}'. Choose another id, such as 'my-{id}'.");
    }

    private static ProblemException NotFound(string id) => ProblemCatalog.NotFound("connector", ConnectorIds.Problem(id) is null ? id : "…");

    private static (ConnectorManifest Manifest, ConnectorReading Reading) Valid(ConnectorReading reading) => reading.Manifest is { } manifest
        ? (manifest, reading)
        : throw ProblemCatalog.Invalid("invalid_connector", reading.Problems[0].Message, [.. reading.Problems]);

    private static OwnConnector Saved(SaveConnectorResult result, string id) => result switch
    {
        SaveConnectorResult.Saved saved => saved.Connector,
        SaveConnectorResult.NameTaken => throw ProblemCatalog.Conflict("name_taken", $"The workspace has a connector '{id}' already. Replace it with PUT {Path}/{id}, or choose another id."),
        SaveConnectorResult.TooMany => throw ProblemCatalog.Conflict("too_many_connectors", $"A workspace has {ConnectorStore.MaxConnectors} connectors and {ConnectorStore.MaxActions:N0} actions in them at most, which take {ConnectorStore.MaxBytes / 1024 / 1024} MiB at most. Delete one that is not needed."),
        _ => throw NotFound(id),
    };
}
