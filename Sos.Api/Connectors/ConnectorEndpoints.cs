using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Mvc;
using Sos.Api.Auth;
using Sos.Api.Hosting;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Connectors;

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

    private static async Task<Ok<ListAnswer<ConnectorSummary>>> ListAsync(HttpContext context, ConnectorDirectory directory, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ListAnswer<ConnectorSummary>([.. (await directory.ListAsync(context.Caller().WorkspaceId, cancellationToken)).Select(c => ConnectorSummary.Of(c.Manifest, c.Own))]));

    private static async Task<Ok<ConnectorAnswer>> GetAsync(HttpContext context, string id, ConnectorDirectory directory, CancellationToken cancellationToken)
    {
        var (manifest, own) = await directory.GetAsync(context.Caller().WorkspaceId, id, cancellationToken);
        return TypedResults.Ok(ConnectorAnswer.Of(manifest, own));
    }

    private static async Task<Ok<ListAnswer<ConnectorActionAnswer>>> ActionsAsync(
        HttpContext context, string id, ConnectorDirectory directory, CancellationToken cancellationToken,
        string? search = null, bool schemas = false, string? cursor = null, string? limit = null)
    {
        if (search is { Length: > ConnectorDirectory.MaxSearch } || search?.Any(char.IsControl) == true)
            throw ProblemCatalog.InvalidParameter("search", $"at most {ConnectorDirectory.MaxSearch} characters");
        var count = QueryText.Limit(limit);
        var after = Cursor.ReadNumber(Cursor.List.ConnectorActions, cursor) ?? 0;
        var workspaceId = context.Caller().WorkspaceId;
        var connector = await directory.GetAsync(workspaceId, id, cancellationToken);
        var found = await directory.ActionsAsync(connector, workspaceId, search, after, count + 1, cancellationToken);
        var hasMore = found.Count > count;
        if (hasMore)
            found.RemoveAt(count);
        return TypedResults.Ok(new ListAnswer<ConnectorActionAnswer>(
            [.. found.Select(a => ConnectorActionAnswer.Of(a.Name, a.Definition, schemas))], hasMore ? Cursor.Of(Cursor.List.ConnectorActions, found[^1].Position) : null));
    }

    private static async Task<Ok<ConnectorActionAnswer>> ActionAsync(HttpContext context, string id, string action, ConnectorDirectory directory, CancellationToken cancellationToken)
    {
        var workspaceId = context.Caller().WorkspaceId;
        var connector = await directory.GetAsync(workspaceId, id, cancellationToken);
        return await directory.ActionAsync(connector, workspaceId, action, cancellationToken) is { } found
            ? TypedResults.Ok(ConnectorActionAnswer.Of(action, found, withSchema: true))
            : throw new ProblemException(StatusCodes.Status404NotFound, "not_found", $"The connector '{id}' has no such action. Search for it with GET {Path}/{id}/actions?search=….");
    }

    private static async Task<Created<SavedConnectorAnswer>> CreateAsync(HttpContext context, ConnectorChanges changes, ConnectorReader reader, CancellationToken cancellationToken)
    {
        var reading = await ReadAsync(context, id: null, reader, cancellationToken);
        var connector = await changes.CreateAsync(context.Caller(), reading, cancellationToken);
        return TypedResults.Created($"{Path}/{connector.Head.Id}", new SavedConnectorAnswer { Connector = ConnectorAnswer.Of(connector.Head, connector), Warnings = reading.Warnings });
    }

    private static async Task<Ok<SavedConnectorAnswer>> ReplaceAsync(HttpContext context, string id, ConnectorChanges changes, ConnectorReader reader, CancellationToken cancellationToken)
    {
        // Before the body, which may be large.
        await changes.RequireReplaceableAsync(context.Caller(), id, cancellationToken);
        var reading = await ReadAsync(context, id, reader, cancellationToken);
        var connector = await changes.ReplaceAsync(context.Caller(), id, reading, cancellationToken);
        return TypedResults.Ok(new SavedConnectorAnswer { Connector = ConnectorAnswer.Of(connector.Head, connector), Warnings = reading.Warnings });
    }

    private static async Task<Ok<ConnectorValidationAnswer>> ValidateAsync(HttpContext context, ConnectorReader reader, CancellationToken cancellationToken)
    {
        var reading = await ReadAsync(context, id: null, reader, cancellationToken);
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

    private static async Task<NoContent> DeleteAsync(HttpContext context, string id, ConnectorChanges changes, CancellationToken cancellationToken)
    {
        await changes.DeleteAsync(context.Caller(), id, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<ConnectorReading> ReadAsync(HttpContext context, string? id, ConnectorReader reader, CancellationToken cancellationToken)
    {
        var (document, options) = await ConnectorUpload.ReceiveAsync(context, id, cancellationToken);
        return await reader.ReadAsync(document, options, cancellationToken);
    }
}
