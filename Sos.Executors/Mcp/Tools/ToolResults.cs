using System.Globalization;
using System.Text;
using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace Sos.Executors.Mcp.Tools;

/// <summary>Turns tools' results into JSON that a later node or a model can read.</summary>
internal static class ToolResults
{
    /// <summary>Reads a result.</summary>
    /// <exception cref="McpCallException">It is larger than <paramref name="maxBytes"/> (<c>mcp_result_too_large</c>).</exception>
    public static McpToolResult Read(CallToolResult result, McpServerReference server, string what, int maxBytes)
    {
        var content = result.StructuredContent is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } structured && result.IsError != true
            ? Bounded(structured, server, what, maxBytes)
            : Text(result.Content, server, what, maxBytes);
        return new McpToolResult(content, result.IsError == true);
    }

    private static JsonElement Bounded(JsonElement structured, McpServerReference server, string what, int maxBytes)
    {
        var size = Encoding.UTF8.GetByteCount(structured.GetRawText());
        return size <= maxBytes ? structured.Clone() : throw McpFailures.TooLarge(server, what, size, maxBytes);
    }

    private static JsonElement Text(IList<ContentBlock> blocks, McpServerReference server, string what, int maxBytes)
    {
        var text = string.Join('\n', blocks.Select(Describe));
        var size = Encoding.UTF8.GetByteCount(text);
        return size <= maxBytes
            ? JsonSerializer.SerializeToElement(text, McpJson.Default.String)
            : throw McpFailures.TooLarge(server, what, size, maxBytes);
    }

    private static string Describe(ContentBlock block) => block switch
    {
        TextContentBlock text => text.Text,
        ImageContentBlock image => $"[image, {image.MimeType}, {Bytes(image.DecodedData.Length)}]",
        AudioContentBlock audio => $"[audio, {audio.MimeType}, {Bytes(audio.DecodedData.Length)}]",
        EmbeddedResourceBlock { Resource: TextResourceContents resource } => $"[resource {resource.Uri}, {resource.MimeType ?? "text"}]\n{resource.Text}",
        EmbeddedResourceBlock { Resource: BlobResourceContents resource } => $"[resource {resource.Uri}, {resource.MimeType ?? "type unknown"}, {Bytes(resource.DecodedData.Length)}]",
        ResourceLinkBlock link => $"[link to the resource {link.Name}: {link.Uri}{(link.MimeType is { } type ? $", {type}" : "")}{(link.Size is { } size ? $", {Bytes(size)}" : "")}]",
        _ => $"[{block.Type}]",
    };

    private static string Bytes(long count) => string.Create(CultureInfo.InvariantCulture, $"{count} bytes");
}
