using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Executors.Files;
using Sos.Workflows.Store;

namespace Sos.Api.Files;

/// <summary><c>/files</c>: the workspace's files.</summary>
internal static class FileEndpoints
{
    /// <summary>The request timeout of transfers.</summary>
    public const string TransferTimeoutPolicy = "transfer";

    public static void MapFiles(this RouteGroupBuilder api)
    {
        var files = api.MapGroup("/files").WithTags("Files");
        files.MapGet("", ListAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 503)
            .WithSummary("List files")
            .WithDescription("In the order of their paths. 'folder' names the folder whose files are listed, also those in folders below it; 'glob' chooses by the path below the folder: * is any part of a name, ? one character, ** any folders.");
        files.MapGet("/{**path}", DownloadAsync).RequireAuthorization(Roles.Viewer).Refuses(400, 404, 503)
            .WithMetadata(new RequestTimeoutAttribute(TransferTimeoutPolicy))
            .Produces<Stream>(StatusCodes.Status200OK, FileContentTypes.Unknown)
            .WithSummary("Download a file")
            .WithDescription("The content as an attachment; its media type is told only where no browser would run it. ETag is its etag.");
        files.MapPut("/{**path}", UploadAsync).RequireAuthorization(Roles.Developer).Refuses(400, 409, 412, 413, 503)
            .WithMetadata(new RequestTimeoutAttribute(TransferTimeoutPolicy))
            .WithSummary("Upload a file")
            .WithDescription("The body, of any media type, is the content. It replaces the file, unless 'If-None-Match: *' (409 if there is one) or 'If-Match' with an etag (412 if it has changed) says otherwise. Folders are made as needed.");
        files.MapDelete("/{**path}", DeleteAsync).RequireAuthorization(Roles.Developer).Refuses(400, 404, 409, 503)
            .WithSummary("Delete a file, or a folder with 'recursive=true'")
            .WithDescription("A folder is deleted with all that is in it, at most 10,000 files.");
    }

    private static async Task<Ok<ListAnswer<FileAnswer>>> ListAsync(
        HttpContext context, FileStore store, CancellationToken cancellationToken, string? folder = null, string? glob = null, string? cursor = null, string? limit = null)
    {
        var page = await FileProblems.TryAsync(() => store.ListAsync(
            context.Caller().WorkspaceId,
            new FileQuery
            {
                Folder = string.IsNullOrEmpty(folder) ? null : FilePath.Parse(folder),
                Glob = string.IsNullOrEmpty(glob) ? null : FileGlob.Parse(glob),
                After = cursor is null ? null : FilePath.TryParse(cursor, out var after, out _) ? after.Text : throw ProblemCatalog.InvalidCursor(),
                Limit = QueryText.Limit(limit, fallback: 100, max: FileStore.MaxPage),
            },
            cancellationToken));
        return TypedResults.Ok(new ListAnswer<FileAnswer>([.. page.Files.Select(FileAnswer.Of)], page.Next));
    }

    private static async Task DownloadAsync(HttpContext context, string path, FileStore store, CancellationToken cancellationToken)
    {
        var name = PathOf(path);
        await using var file = await FileProblems.TryAsync(() => store.OpenAsync(context.Caller().WorkspaceId, name, cancellationToken));
        await FileDownload.SendAsync(context.Response, name, file, cancellationToken);
    }

    private static async Task<Ok<FileAnswer>> UploadAsync(
        HttpContext context, string path, FileStore store, FileAudit audit, IOptions<FilesOptions> options, CancellationToken cancellationToken)
    {
        var name = PathOf(path);
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = options.Value.MaxFileBytes;
        var entry = await FileProblems.TryAsync(() => store.WriteAsync(context.Caller().WorkspaceId, name, context.Request.Body, Condition(context.Request), cancellationToken));
        await audit.WrittenAsync(context.Caller(), entry.Path, entry.Size, cancellationToken);
        if (entry.ETag is { } etag)
            context.Response.Headers.ETag = $"\"{etag}\"";
        return TypedResults.Ok(FileAnswer.Of(entry));
    }

    private static async Task<NoContent> DeleteAsync(HttpContext context, string path, FileStore store, FileAudit audit, CancellationToken cancellationToken, string? recursive = null)
    {
        var name = PathOf(path);
        var workspace = context.Caller().WorkspaceId;
        var deleted = await FileProblems.TryAsync(async () => recursive switch
        {
            "true" => await store.DeleteFolderAsync(workspace, name, cancellationToken),
            null or "false" => await store.DeleteAsync(workspace, name, cancellationToken) ? 1 : 0,
            _ => throw ProblemCatalog.InvalidParameter("recursive", "true or false"),
        });
        if (deleted == 0)
            throw new ProblemException(StatusCodes.Status404NotFound, FileErrorCodes.NotFound, $"There is no {(recursive == "true" ? "folder" : "file")} '{name}'.");
        await audit.DeletedAsync(context.Caller(), name.Text, deleted, cancellationToken);
        return TypedResults.NoContent();
    }

    // Servers leave an encoded slash as it is; clients that encode the whole path mean a slash by it.
    private static FilePath PathOf(string path) => FilePath.TryParse(path.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), out var parsed, out var problem)
        ? parsed
        : throw new ProblemException(StatusCodes.Status400BadRequest, FileErrorCodes.PathNotAllowed, problem);

    private static WriteCondition Condition(HttpRequest request)
    {
        var (ifMatch, ifNoneMatch) = (request.Headers.IfMatch.ToString(), request.Headers.IfNoneMatch.ToString());
        if (ifNoneMatch is not ("" or "*") || (ifMatch.Length > 0 && ifNoneMatch.Length > 0))
            throw new ProblemException(StatusCodes.Status400BadRequest, "invalid_parameter", "An upload takes 'If-None-Match: *' or 'If-Match' with one etag.");
        return new WriteCondition(ifNoneMatch == "*", ifMatch.Length == 0 ? null : ifMatch.Trim('"'));
    }
}
