namespace Sos.Workflows.Telemetry;

/// <summary>
/// Names for statements in the databases of workflows, after OpenTelemetry's stable conventions for database clients
/// (github.com/open-telemetry/semantic-conventions, docs/database/postgresql.md).
/// </summary>
public static class DatabaseNames
{
    /// <summary>The value of <see cref="SystemName"/>.</summary>
    public const string PostgreSql = "postgresql";

#pragma warning disable CS1591 // the conventions explain them; docs/telemetry.md lists where they are
    public const string SystemName = "db.system.name";
    public const string Namespace = "db.namespace";
    public const string OperationName = "db.operation.name";
    public const string CollectionName = "db.collection.name";
    public const string QuerySummary = "db.query.summary";
    public const string QueryText = "db.query.text";
    public const string ResponseStatusCode = "db.response.status_code";
    public const string ReturnedRows = "db.response.returned_rows";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
#pragma warning restore CS1591

    /// <summary>The name of <see cref="SystemName"/> before the conventions were stable; SigNoz still goes by it.</summary>
    public const string System = "db.system";
}

/// <summary>Types of rows in <c>event_logs</c> about the databases of workflows.</summary>
public static class DatabaseEventTypes
{
    /// <summary>Something was read.</summary>
    public const string Queried = "database_queried";

    /// <summary>Something may have been changed.</summary>
    public const string Changed = "database_changed";
}
