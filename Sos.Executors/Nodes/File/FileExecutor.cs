using System.Text.Json;
using Sos.Executors.Files;
using Sos.Workflows.Nodes;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.File;

/// <summary>Reads, writes and manages the workspace's files.</summary>
internal sealed class FileExecutor(FileStore store) : NodeExecutor<FileConfig>(Describe, FileJson.Default.FileConfig), IDescribesNode
{
    private const int MaxReadBytes = 10 * 1024 * 1024;
    private const int MaxRows = 100_000;

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "file",
        CanBeTool = true,
        Title = "File",
        Description = "Reads, writes and manages the workspace's files.",
        Category = "tools",
        ConfigSchema = NodeSchema.Load("file"),
        CheckConfig = FileConfigCheck.Check,
    };

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        context.Span?.SetTag(FileSpanAttributes.Action, context.Config.GetProperty("action").GetString());
        if (Problem(config) is { } problem)
            return NodeOutcome.Fail("invalid_config", $"Node '{context.NodeId}': {problem}");
        try
        {
            return new NodeOutcome.Completed(await RunAsync(config, context, cancellationToken));
        }
        catch (FileContentException e)
        {
            return NodeOutcome.Fail("invalid_content", e.Message);
        }
        catch (FileStoreException e)
        {
            return new NodeOutcome.Failed(new NodeError(e.Code, e.Message) { Retryable = e.Retryable });
        }
    }

    private Task<JsonElement> RunAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken) => config.Action switch
    {
        FileAction.Read => ReadAsync(config, context, cancellationToken),
        FileAction.Write => WriteAsync(config, context, cancellationToken),
        FileAction.Append => AppendAsync(config, context, cancellationToken),
        FileAction.List => ListAsync(config, context, cancellationToken),
        FileAction.Delete => DeleteAsync(config, context, cancellationToken),
        FileAction.Move => MoveAsync(config, context, cancellationToken),
        _ => StatAsync(config, context, cancellationToken),
    };

    private async Task<JsonElement> ReadAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        await using var file = await store.OpenAsync(context.Execution.WorkspaceId, Path(config.Path, context), cancellationToken);
        var bytes = await FileBytes.ReadAsync(file, config.MaxBytes, "maxBytes", cancellationToken);
        var content = FileContent.Read(bytes, file.Entry.ContentType, config);
        Done(FileEventTypes.Read, file.Entry, context);
        return Json(Output(file.Entry) with { Content = content });
    }

    private async Task<JsonElement> WriteAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var path = Path(config.Path, context);
        using var content = new MemoryStream(FileContent.Write(config, goesOn: false), writable: false);
        var entry = await store.WriteAsync(context.Execution.WorkspaceId, path, content, new WriteCondition(!config.Overwrite, config.IfMatch), cancellationToken);
        Done(FileEventTypes.Written, entry, context);
        return Json(Output(entry));
    }

    private async Task<JsonElement> AppendAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var path = Path(config.Path, context);
        // A header or a byte order mark belongs to the start of a file only.
        var startsDifferently = config.Rows is not null || config.Encoding == FileEncoding.Utf16;
        var goesOn = startsDifferently && await store.StatAsync(context.Execution.WorkspaceId, path, cancellationToken) is { Size: > 0 };
        var entry = await store.AppendAsync(context.Execution.WorkspaceId, path, FileContent.Write(config, goesOn), cancellationToken);
        Done(FileEventTypes.Appended, entry, context);
        return Json(Output(entry));
    }

    private async Task<JsonElement> ListAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var query = new FileQuery
        {
            Folder = config.Path is null ? null : Path(config.Path, context),
            Glob = config.Glob is null ? null : FileGlob.Parse(config.Glob),
            After = string.IsNullOrEmpty(config.Cursor) ? null : config.Cursor,
            Limit = config.Limit,
        };
        var page = await store.ListAsync(context.Execution.WorkspaceId, query, cancellationToken);
        return JsonSerializer.SerializeToElement(new FileList([.. page.Files.Select(Output)], page.Next), FileJson.Default.FileList);
    }

    private async Task<JsonElement> DeleteAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var path = Path(config.Path, context);
        var deleted = config.Recursive
            ? await store.DeleteFolderAsync(context.Execution.WorkspaceId, path, cancellationToken)
            : await store.DeleteAsync(context.Execution.WorkspaceId, path, cancellationToken) ? 1 : 0;
        Add(FileEventTypes.Deleted, new FileEvent(path.Text) { Deleted = deleted }, context);
        return JsonSerializer.SerializeToElement(new FileDeletion(path.Text, deleted), FileJson.Default.FileDeletion);
    }

    private async Task<JsonElement> MoveAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var from = Path(config.Path, context);
        var entry = await store.MoveAsync(context.Execution.WorkspaceId, from, FilePath.Parse(config.To), config.Overwrite, cancellationToken);
        context.Span?.SetTag(FileSpanAttributes.Size, entry.Size);
        Add(FileEventTypes.Moved, new FileEvent(from.Text) { To = entry.Path, Size = entry.Size }, context);
        return Json(Output(entry));
    }

    private async Task<JsonElement> StatAsync(FileConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        var path = Path(config.Path, context);
        var entry = await store.StatAsync(context.Execution.WorkspaceId, path, cancellationToken);
        if (entry is not null)
            context.Span?.SetTag(FileSpanAttributes.Size, entry.Size);
        return Json(entry is null ? new FileOutput { Exists = false, Path = path.Text } : Output(entry) with { Exists = true });
    }

    private static FilePath Path(string? text, NodeContext context)
    {
        var path = FilePath.Parse(text);
        context.Span?.SetTag(FileSpanAttributes.Path, path.Text);
        return path;
    }

    private static void Done(string type, FileEntry entry, NodeContext context)
    {
        context.Span?.SetTag(FileSpanAttributes.Size, entry.Size);
        Add(type, new FileEvent(entry.Path) { Size = entry.Size }, context);
    }

    private static void Add(string type, FileEvent details, NodeContext context) =>
        context.AddEvent(type, "completed", JsonSerializer.SerializeToElement(details, FileJson.Default.FileEvent));

    private static FileOutput Output(FileEntry entry) =>
        new() { Path = entry.Path, Size = entry.Size, ModifiedAt = entry.ModifiedAt, ContentType = entry.ContentType, Etag = entry.ETag };

    private static JsonElement Json(FileOutput output) => JsonSerializer.SerializeToElement(output, FileJson.Default.FileOutput);

    private static string? Problem(FileConfig config)
    {
        if (config.MaxBytes is < 1 or > MaxReadBytes)
            return $"maxBytes must be from 1 to {MaxReadBytes}.";
        if (config.MaxRows is < 1 or > MaxRows)
            return $"maxRows must be from 1 to {MaxRows}.";
        if (config.Limit is < 1 or > FileStore.MaxPage)
            return $"limit must be from 1 to {FileStore.MaxPage}.";
        if (config.Delimiter.Length != 1 || !char.IsAscii(config.Delimiter[0]) || config.Delimiter is "\"" or "\r" or "\n")
            return "delimiter must be one ASCII character, and neither a quote nor a line break.";
        return config.IfMatch is not null && !config.Overwrite ? "ifMatch asks for a file that is there, overwrite false for none." : null;
    }
}
