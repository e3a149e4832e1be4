using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Api.NodeTypes;

/// <summary>What nodes there are, for editors.</summary>
internal static class NodeTypeEndpoints
{
    public static void MapNodeTypes(this RouteGroupBuilder api)
    {
        var types = api.MapGroup("/node-types").WithTags("Node types").RequireAuthorization(Roles.Viewer);
        types.MapGet("", (NodeCatalog catalog) => TypedResults.Ok(new ListAnswer<NodeTypeAnswer>([.. catalog.All.Select(NodeTypeAnswer.Of)])))
            .WithSummary("List node types with the JSON schemas of their configs");
        types.MapGet("/{name}", Get).Refuses(404)
            .WithSummary("Get a node type");
        api.MapGet("/schema/workflow.json", () => TypedResults.Content(DefinitionReader.Schema.GetRawText(), "application/schema+json"))
            .WithTags("Node types").AllowAnonymous()
            .Produces<JsonElement>(StatusCodes.Status200OK, "application/schema+json")
            .WithSummary("Get the JSON schema of workflow definitions")
            .WithDescription("For editors: name this address in a definition file's '$schema' association.");
    }

    private static Ok<NodeTypeAnswer> Get(string name, NodeCatalog catalog) =>
        catalog.TryGet(name, out var type)
            ? TypedResults.Ok(NodeTypeAnswer.Of(type))
            : throw new ProblemException(StatusCodes.Status404NotFound, "not_found", $"There is no node type '{name}'.");
}

/// <summary>A node type.</summary>
/// <param name="Name">The name that definitions use.</param>
/// <param name="Title">The name that people read.</param>
/// <param name="Description">One sentence on what the node does.</param>
/// <param name="Category">The palette's drawer: logic, flow, tools, ai or data.</param>
/// <param name="ConfigSchema">The JSON schema of the node's config.</param>
/// <param name="Branches">The branches that outgoing edges may name; null where the config decides, empty for none.</param>
/// <param name="BodyProperty">The config property that holds a nested graph; null for none.</param>
public sealed record NodeTypeAnswer(
    string Name, string Title, string Description, string Category, JsonElement ConfigSchema, IReadOnlyList<string>? Branches, string? BodyProperty)
{
    internal static NodeTypeAnswer Of(NodeType type) =>
        new(type.Name, type.Title, type.Description, type.Category, type.ConfigSchema, type.Branches, type.BodyProperty);
}
