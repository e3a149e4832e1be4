using System.Diagnostics;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Nodes.Database.Sql;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.Database;

/// <summary>The span of one statement, after OpenTelemetry's conventions for databases: its shape, and no values.</summary>
internal sealed class DatabaseTelemetry : IDisposable
{
    private readonly Activity? span;

    /// <summary>Starts it.</summary>
    public DatabaseTelemetry(SqlShape shape, DatabaseLogin login, NodeContext context)
    {
        span = context.StartSpan(shape.Summary, ActivityKind.Client, [
            new(DatabaseNames.SystemName, DatabaseNames.PostgreSql),
            new(DatabaseNames.Namespace, login.Database),
            new(DatabaseNames.OperationName, shape.Operation),
            new(DatabaseNames.QuerySummary, shape.Summary),
            new(DatabaseNames.QueryText, shape.Text),
            new(DatabaseNames.ServerAddress, login.Host),
            new(DatabaseNames.ServerPort, login.Port),
        ]);
        if (span is not { IsAllDataRequested: true })
            return;
        span.SetTag(DatabaseNames.System, DatabaseNames.PostgreSql);
        if (shape.Collections is [var only])
            span.SetTag(DatabaseNames.CollectionName, only);
    }

    /// <summary>Notes how many rows came.</summary>
    public void Returned(int rows) => span?.SetTag(DatabaseNames.ReturnedRows, rows);

    /// <summary>Notes that there is no result.</summary>
    /// <param name="error">The error; null where nobody knows it.</param>
    /// <param name="exception">What was thrown.</param>
    /// <param name="isStopped">Whether the node was told to stop.</param>
    public void Failed(NodeError? error, Exception exception, bool isStopped)
    {
        if (span is null)
            return;
        if (DatabaseFailure.SqlStateOf(exception) is { } state)
            span.SetTag(DatabaseNames.ResponseStatusCode, state);
        if (isStopped)
            span.SetFailure("cancelled", "The statement was given up.");
        else if (exception is OperationCanceledException)
            span.SetFailure("query_timeout", "The database gave no result in time.");
        else
            span.SetFailure(error?.Code ?? exception.GetType().FullName!, error?.Message);
    }

    /// <inheritdoc/>
    public void Dispose() => span?.Dispose();
}
