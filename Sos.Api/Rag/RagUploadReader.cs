using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Json;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary>Reads a document from a request: as JSON, as a form with a file, or as the body itself.</summary>
internal static class RagUploadReader
{
    /// <summary>Largest body: a document of the largest size, escaped as JSON or inside a form.</summary>
    public const int MaxBodyBytes = 16 * 1024 * 1024;

    /// <summary>The media types that a document may come in.</summary>
    public static readonly string[] RawTypes =
        ["multipart/form-data", "text/plain", "text/markdown", "text/html", "text/csv", "text/tab-separated-values", "application/xhtml+xml", "application/octet-stream"];

    private static readonly StorableJsonLimits MetadataLimits = new() { MaxBytes = RagLimits.MetadataBytes };

    public static async Task<RagUpload> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var mediaType = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        var upload = mediaType switch
        {
            "application/json" => await ReadJsonAsync(context, cancellationToken),
            "multipart/form-data" => await ReadFormAsync(request, cancellationToken),
            _ => new RagUpload
            {
                Source = request.Query["source"].ToString(),
                Title = Text(request.Query["title"].ToString()),
                ContentType = request.ContentType ?? "application/octet-stream",
                Metadata = ParseMetadata(Text(request.Query["metadata"].ToString())),
                Content = (await RequestBody.ReadAsync(context, RagLimits.DocumentBytes, cancellationToken)).ToArray(),
            },
        };
        Check(upload);
        return upload;
    }

    private static async Task<RagUpload> ReadJsonAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var body = await context.ReadJsonAsync(ApiJson.Default.RagUploadRequest, cancellationToken, MaxBodyBytes);
        return new RagUpload
        {
            Source = body.Source,
            Title = Text(body.Title),
            ContentType = Text(body.ContentType) ?? "text/plain",
            Metadata = body.Metadata is { ValueKind: not JsonValueKind.Null } metadata ? metadata : null,
            Content = Encoding.UTF8.GetBytes(body.Text),
        };
    }

    private static async Task<RagUpload> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(
                new FormOptions { MultipartBodyLengthLimit = RagLimits.DocumentBytes, ValueLengthLimit = 64 * 1024, ValueCountLimit = 16, MultipartHeadersLengthLimit = 4_096 }, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new ProblemException(StatusCodes.Status400BadRequest, "invalid_form", $"The form can't be read: {e.Message}");
        }
        if (form.Files is not [var file])
            throw new ProblemException(StatusCodes.Status400BadRequest, "invalid_form", "The form must have exactly one file.");
        using var content = new MemoryStream((int)file.Length);
        await file.CopyToAsync(content, cancellationToken);
        return new RagUpload
        {
            Source = Text(form["source"].ToString()) ?? file.FileName,
            Title = Text(form["title"].ToString()),
            ContentType = Text(form["contentType"].ToString()) ?? Text(file.ContentType) ?? "application/octet-stream",
            Metadata = ParseMetadata(Text(form["metadata"].ToString())),
            Content = content.ToArray(),
        };
    }

    private static void Check(RagUpload upload)
    {
        var problems = new List<JsonProblem>();
        if (upload.Source.Length is 0 or > RagLimits.SourceLength || upload.Source.Contains('\0', StringComparison.Ordinal))
            problems.Add(new("/source", "invalid_source", $"The source is your own id of the document: 1 to {RagLimits.SourceLength} characters, without U+0000. With a raw body it is the parameter 'source'."));
        if (upload.Title is { Length: > RagLimits.TitleLength } || upload.Title?.Contains('\0', StringComparison.Ordinal) == true)
            problems.Add(new("/title", "invalid_title", $"The title has at most {RagLimits.TitleLength} characters, without U+0000."));
        if (upload.ContentType.Length > 200 || upload.ContentType.Contains('\0', StringComparison.Ordinal))
            problems.Add(new("/contentType", "invalid_content_type", "The content type has at most 200 characters."));
        if (upload.Content.Length == 0)
            problems.Add(new("/text", "empty_document", "The document is empty."));
        if (upload.Metadata is { } metadata)
        {
            if (metadata.ValueKind != JsonValueKind.Object)
                problems.Add(new("/metadata", "wrong_type", "The metadata must be an object."));
            problems.AddRange(StorableJson.Check(metadata, MetadataLimits).Select(p => p with { Pointer = "/metadata" + p.Pointer }));
        }
        if (problems.Count > 0)
            throw ProblemCatalog.Invalid("invalid_document", problems[0].Message, problems);
        if (upload.Content.Length > RagLimits.DocumentBytes)
            throw ProblemMiddleware.TooLarge(RagLimits.DocumentBytes);
    }

    private static JsonElement? ParseMetadata(string? json)
    {
        if (json is null)
            return null;
        try
        {
            return JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            throw ProblemCatalog.InvalidParameter("metadata", "a JSON object");
        }
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
