using System.Text.Json;

namespace Sos.Executors.Mcp;

/// <summary>A tool that an MCP server offers.</summary>
/// <param name="Name">What it is called by.</param>
/// <param name="Title">A name for people; null if the server gives none.</param>
/// <param name="Description">What it does, for the model; null if the server does not say.</param>
/// <param name="InputSchema">The JSON schema of its arguments, always an object.</param>
/// <param name="IsReadOnly">The server says that it changes nothing. A hint: servers may lie.</param>
/// <param name="IsDestructive">It may delete or overwrite, going by what the server says; assumed unless denied, as MCP asks for.</param>
internal sealed record McpTool(string Name, string? Title, string? Description, JsonElement InputSchema, bool IsReadOnly, bool IsDestructive);

/// <summary>What a tool answered.</summary>
/// <param name="Content">
/// The structured content where there is some; otherwise a string: texts as they are, one after the other, and images,
/// audio and resources described by type and size.
/// </param>
/// <param name="IsError">The tool ran and says that it failed; <paramref name="Content"/> is its explanation.</param>
internal sealed record McpToolResult(JsonElement Content, bool IsError);
