using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Sos.Api.Problems;
using Sos.Api.Requests;
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

    public static async Task<RagUpload> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        var mediaType = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();
        return mediaType switch
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
