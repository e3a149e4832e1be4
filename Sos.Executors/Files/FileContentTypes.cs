using Microsoft.AspNetCore.StaticFiles;

namespace Sos.Executors.Files;

/// <summary>The media types that names tell.</summary>
public static class FileContentTypes
{
    /// <summary>The type of what nobody knows.</summary>
    public const string Unknown = "application/octet-stream";

    private static readonly FileExtensionContentTypeProvider Types = new()
    {
        Mappings =
        {
            [".csv"] = "text/csv", [".tsv"] = "text/tab-separated-values", [".md"] = "text/markdown", [".log"] = "text/plain",
            [".json"] = "application/json", [".jsonl"] = "application/jsonl", [".ndjson"] = "application/x-ndjson",
            [".yaml"] = "application/yaml", [".yml"] = "application/yaml", [".toml"] = "application/toml",
            [".webp"] = "image/webp", [".avif"] = "image/avif", [".parquet"] = "application/vnd.apache.parquet",
        },
    };

    /// <summary>The media type of a path, by its extension.</summary>
    public static string Of(string path) => Types.TryGetContentType(path, out var type) ? type : Unknown;
}
