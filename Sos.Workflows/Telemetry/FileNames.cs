namespace Sos.Workflows.Telemetry;

/// <summary>Names of span attributes about a workspace's files; they are on the node's own span.</summary>
public static class FileSpanAttributes
{
    /// <summary>What was done: <c>read</c>, <c>write</c> and so on.</summary>
    public const string Action = "file.action";

    /// <summary>The file's path below the workspace's root.</summary>
    public const string Path = "file.path";

    /// <summary>The file's size, in bytes.</summary>
    public const string Size = "file.size";
}

/// <summary>Types of rows in <c>event_logs</c> about files; their context has the path and the size, never content.</summary>
public static class FileEventTypes
{
    /// <summary>A file was read.</summary>
    public const string Read = "file_read";

    /// <summary>A file was written.</summary>
    public const string Written = "file_written";

    /// <summary>Something was added to a file.</summary>
    public const string Appended = "file_appended";

    /// <summary>A file or a folder was deleted.</summary>
    public const string Deleted = "file_deleted";

    /// <summary>A file was given another path.</summary>
    public const string Moved = "file_moved";
}
