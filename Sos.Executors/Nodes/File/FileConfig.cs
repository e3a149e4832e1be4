using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Executors.Nodes.File;

/// <summary>The config of a <c>file</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record FileConfig
{
    /// <summary>What to do.</summary>
    public FileAction Action { get; init; }

    /// <summary>The file; the folder for <c>list</c> and a recursive <c>delete</c>.</summary>
    public string? Path { get; init; }

    /// <summary>The new path of <c>move</c>.</summary>
    public string? To { get; init; }

    /// <summary>What <c>read</c> makes of the content.</summary>
    public FileForm As { get; init; }

    /// <summary>Text to write.</summary>
    public string? Text { get; init; }

    /// <summary>JSON to write; undefined for none.</summary>
    public JsonElement Json { get; init; }

    /// <summary>Rows to write as CSV: objects, or lists of values.</summary>
    public IReadOnlyList<JsonElement>? Rows { get; init; }

    /// <summary>Bytes to write, in base64.</summary>
    public string? Base64 { get; init; }

    /// <summary>How text is encoded.</summary>
    public FileEncoding Encoding { get; init; }

    /// <summary>What divides the columns of CSV.</summary>
    public string Delimiter { get; set; } = ",";

    /// <summary>Whether the first row of CSV has the columns' names.</summary>
    public bool Header { get; set; } = true;

    /// <summary>The columns to write, in their order.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The most rows of CSV that are read.</summary>
    public int MaxRows { get; set; } = 10_000;

    /// <summary>The largest file that is read, in bytes.</summary>
    public int MaxBytes { get; set; } = 1024 * 1024;

    /// <summary>Whether <c>write</c> and <c>move</c> replace a file that is there.</summary>
    public bool Overwrite { get; set; } = true;

    /// <summary>The etag that the file must have for <c>write</c> to replace it.</summary>
    public string? IfMatch { get; init; }

    /// <summary>Whether <c>delete</c> deletes a folder with all that is in it.</summary>
    public bool Recursive { get; init; }

    /// <summary>Which files <c>list</c> lists.</summary>
    public string? Glob { get; init; }

    /// <summary>The most files that <c>list</c> lists.</summary>
    public int Limit { get; set; } = 100;

    /// <summary>Where <c>list</c> goes on.</summary>
    public string? Cursor { get; init; }
}

/// <summary>What to do with a file.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FileAction>))]
internal enum FileAction
{
    [JsonStringEnumMemberName("read")] Read,
    [JsonStringEnumMemberName("write")] Write,
    [JsonStringEnumMemberName("append")] Append,
    [JsonStringEnumMemberName("list")] List,
    [JsonStringEnumMemberName("delete")] Delete,
    [JsonStringEnumMemberName("move")] Move,
    [JsonStringEnumMemberName("stat")] Stat,
}

/// <summary>What a file's content becomes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FileForm>))]
internal enum FileForm
{
    /// <summary>What its media type says: JSON, CSV, text, or else base64.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>Text.</summary>
    [JsonStringEnumMemberName("text")] Text,

    /// <summary>The JSON value.</summary>
    [JsonStringEnumMemberName("json")] Json,

    /// <summary>A list of rows.</summary>
    [JsonStringEnumMemberName("csv")] Csv,

    /// <summary>The bytes, in base64.</summary>
    [JsonStringEnumMemberName("base64")] Base64,
}

/// <summary>How text is encoded in a file.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FileEncoding>))]
internal enum FileEncoding
{
    [JsonStringEnumMemberName("utf-8")] Utf8,
    [JsonStringEnumMemberName("utf-16")] Utf16,
    [JsonStringEnumMemberName("latin1")] Latin1,
    [JsonStringEnumMemberName("windows-1252")] Windows1252,
}

/// <summary>The output of <c>read</c>, <c>write</c>, <c>append</c>, <c>move</c> and <c>stat</c>.</summary>
internal sealed record FileOutput
{
    /// <summary>Only for <c>stat</c>: whether there is such a file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Exists { get; init; }

    /// <summary>The path.</summary>
    public required string Path { get; init; }

    /// <summary>The length in bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Size { get; init; }

    /// <summary>When it was last written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ModifiedAt { get; init; }

    /// <summary>The media type that its name tells.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ContentType { get; init; }

    /// <summary>Changes with the content.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Etag { get; init; }

    /// <summary>Only for <c>read</c>: the content.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Content { get; init; }
}

/// <summary>The output of <c>delete</c>.</summary>
/// <param name="Path">What was deleted.</param>
/// <param name="Deleted">How many files.</param>
internal sealed record FileDeletion(string Path, int Deleted);

/// <summary>The output of <c>list</c>.</summary>
/// <param name="Files">The files.</param>
/// <param name="Cursor">Where the next page goes on; null at the end.</param>
internal sealed record FileList(IReadOnlyList<FileOutput> Files, string? Cursor);

/// <summary>The context of an event.</summary>
/// <param name="Path">The file.</param>
internal sealed record FileEvent(string Path)
{
    /// <summary>The file's length in bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Size { get; init; }

    /// <summary>Where it was moved to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? To { get; init; }

    /// <summary>How many files were deleted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Deleted { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(FileConfig))]
[JsonSerializable(typeof(FileOutput))]
[JsonSerializable(typeof(FileDeletion))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(FileEvent))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
internal sealed partial class FileJson : JsonSerializerContext;
