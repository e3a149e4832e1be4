using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Executors.Nodes.Database.Values;
using Sos.Workflows.Definitions;

namespace Sos.Executors.Nodes.Database;

/// <summary>The config of a <c>database</c> node.</summary>
/// <remarks>What has a default has a setter: generated JSON code overwrites the default of an init property.</remarks>
internal sealed record DatabaseConfig
{
    /// <summary>The name of a credential of type <c>postgres</c>.</summary>
    public string Credential { get; set; } = "";

    /// <summary>What to do.</summary>
    public DatabaseAction Action { get; init; }

    /// <summary>The statement of <c>query</c> and <c>execute</c>.</summary>
    public string? Sql { get; init; }

    /// <summary>Its parameters: a list, or an object.</summary>
    public JsonElement Parameters { get; init; }

    /// <summary>The statements of <c>batch</c>.</summary>
    public IReadOnlyList<DatabaseStatement>? Statements { get; init; }

    /// <summary>Whether the transaction may only read.</summary>
    public bool ReadOnly { get; set; } = true;

    /// <summary>How the transaction is kept apart from others.</summary>
    public DatabaseIsolation Isolation { get; init; }

    /// <summary>How long an attempt may take, from connecting to the commit.</summary>
    [JsonConverter(typeof(DurationJsonConverter))]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most rows that are kept.</summary>
    public int MaxRows { get; set; } = 1_000;

    /// <summary>The most bytes of JSON that rows may have.</summary>
    public int MaxBytes { get; set; } = 1024 * 1024;
}

/// <summary>A statement of a <c>batch</c>.</summary>
internal sealed record DatabaseStatement
{
    /// <summary>The statement.</summary>
    public string Sql { get; set; } = "";

    /// <summary>Its parameters: a list, or an object.</summary>
    public JsonElement Parameters { get; init; }
}

/// <summary>What to do with a database.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DatabaseAction>))]
internal enum DatabaseAction
{
    /// <summary>Gives rows.</summary>
    [JsonStringEnumMemberName("query")] Query,

    /// <summary>Changes something and gives a number of rows.</summary>
    [JsonStringEnumMemberName("execute")] Execute,

    /// <summary>Runs several statements in one transaction.</summary>
    [JsonStringEnumMemberName("batch")] Batch,
}

/// <summary>PostgreSQL's isolation levels.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DatabaseIsolation>))]
internal enum DatabaseIsolation
{
    [JsonStringEnumMemberName("readCommitted")] ReadCommitted,
    [JsonStringEnumMemberName("repeatableRead")] RepeatableRead,
    [JsonStringEnumMemberName("serializable")] Serializable,
}

/// <summary>The output of <c>query</c>, and of each statement of <c>batch</c>.</summary>
internal sealed record DatabaseResult
{
    /// <summary>The rows: objects by column.</summary>
    public required JsonElement Rows { get; init; }

    /// <summary>How many rows were changed, or else are in <see cref="Rows"/>.</summary>
    public required long RowCount { get; init; }

    /// <summary>The columns.</summary>
    public required IReadOnlyList<DatabaseColumn> Columns { get; init; }

    /// <summary>Whether there were more rows than were kept.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>The output of <c>execute</c>.</summary>
/// <param name="RowCount">How many rows were changed.</param>
internal sealed record DatabaseCount(long RowCount);

/// <summary>The output of <c>batch</c>.</summary>
/// <param name="Results">What each statement gave.</param>
/// <param name="RowCount">How many rows all statements changed.</param>
internal sealed record DatabaseResults(IReadOnlyList<DatabaseResult> Results, long RowCount);

/// <summary>What a model is shown of a result.</summary>
internal sealed record DatabaseToolResult(JsonElement Rows, JsonElement RowCount, JsonElement Truncated);

/// <summary>The details of an error that the server tells.</summary>
/// <param name="SqlState">PostgreSQL's code of it (its manual, appendix A).</param>
internal sealed record DatabaseErrorDetails(string SqlState)
{
    /// <summary>Where in the SQL, from 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Position { get; init; }

    /// <summary>Which statement of a batch, from 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Statement { get; init; }

    /// <summary>The table that it is about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Table { get; init; }

    /// <summary>The column that it is about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Column { get; init; }

    /// <summary>The constraint that it is about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Constraint { get; init; }
}

/// <summary>The context of an event: what was done, and no values.</summary>
/// <param name="Credential">The credential's name.</param>
/// <param name="Summary">Verbs and tables.</param>
/// <param name="RowCount">How many rows were changed or given.</param>
internal sealed record DatabaseEvent(string Credential, string Summary, long RowCount)
{
    /// <summary>Whether there were more.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Truncated { get; init; }
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(DatabaseConfig))]
[JsonSerializable(typeof(DatabaseResult))]
[JsonSerializable(typeof(DatabaseCount))]
[JsonSerializable(typeof(DatabaseResults))]
[JsonSerializable(typeof(DatabaseToolResult))]
[JsonSerializable(typeof(DatabaseErrorDetails))]
[JsonSerializable(typeof(DatabaseEvent))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class DatabaseJson : JsonSerializerContext;
