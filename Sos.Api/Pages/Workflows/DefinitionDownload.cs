using System.Text;
using Sos.Api.Auth;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Workflows;

/// <summary><c>/workflows/{id}/versions/{version}.json</c>: a version's definition as a file, for who is signed in.</summary>
internal static class DefinitionDownload
{
    public static void MapDefinitionDownload(this WebApplication app) =>
        app.MapGet("/workflows/{id:guid}/versions/{version:int}.json", WriteAsync).RequireAuthorization().ExcludeFromDescription();

    /// <summary>Where a version is to be had.</summary>
    public static string Address(Guid id, int version) => $"/workflows/{id}/versions/{version}.json";

    /// <summary>What the file is called: the workflow's name without what file systems dislike, and the version.</summary>
    public static string FileName(string name, int version)
    {
        var plain = string.Concat(name.Select(c => char.IsLetterOrDigit(c) ? c : '-')).Trim('-');
        return $"{(plain.Length == 0 ? "workflow" : plain)}-v{version}.json";
    }

    private static async Task<IResult> WriteAsync(HttpContext context, WorkflowStore store, Guid id, int version, CancellationToken cancellationToken)
    {
        var workspace = context.Caller().WorkspaceId;
        return await store.GetAsync(workspace, id, cancellationToken) is { } workflow
            && await store.GetVersionAsync(workspace, id, version, cancellationToken) is { Definition: { } definition }
            ? TypedResults.File(Encoding.UTF8.GetBytes(DefinitionText.Of(definition) + "\n"), "application/json; charset=utf-8", FileName(workflow.Name, version))
            : TypedResults.NotFound();
    }
}
