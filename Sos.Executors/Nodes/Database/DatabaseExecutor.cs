using System.Text.Json;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Nodes.Database.Sql;
using Sos.Executors.Nodes.Database.Values;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;
using Sos.Workflows.Nodes;
using Sos.Workflows.Telemetry;

namespace Sos.Executors.Nodes.Database;

/// <summary>Runs SQL in a PostgreSQL database.</summary>
internal sealed class DatabaseExecutor(OutboundGuard guard, DatabasePools pools)
    : NodeExecutor<DatabaseConfig>(Describe, DatabaseJson.Default.DatabaseConfig), IDescribesNode
{
    private const int MaxRows = 100_000;
    private const int MaxBytes = 10 * 1024 * 1024;
    private const int MaxStatements = 100;
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "database",
        CanBeTool = true,
        ToolResult = WithoutColumns,
        Title = "Database",
        Description = "Reads and changes data in a PostgreSQL database.",
        Category = "tools",
        ConfigSchema = NodeSchema.Load("database"),
        CheckConfig = DatabaseConfigCheck.Check,
        CheckWritten = DatabaseConfigCheck.CheckWritten,
    };

    /// <summary>A model reads the columns off the rows.</summary>
    private static JsonElement WithoutColumns(JsonElement output) => output.TryGetProperty("columns", out _)
        ? JsonSerializer.SerializeToElement(
            new DatabaseToolResult(output.GetProperty("rows"), output.GetProperty("rowCount"), output.GetProperty("truncated")), DatabaseJson.Default.DatabaseToolResult)
        : output;

    /// <inheritdoc/>
    protected override async ValueTask<NodeOutcome> ExecuteAsync(DatabaseConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (Problem(config) is { } problem)
            return new NodeOutcome.Failed(problem);
        List<BoundStatement> statements;
        try
        {
            if (Bind(config, out statements) is { } unusable)
                return new NodeOutcome.Failed(unusable);
        }
        catch (ParameterException e)
        {
            return NodeOutcome.Fail("invalid_parameters", e.Message);
        }
        var credential = await context.UseLoginAsync(config.Credential, cancellationToken);
        using var deadline = new CancellationTokenSource(config.Timeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await RunAsync(config, credential, statements, context, cancellationToken, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NodeOutcome.Fail("query_timeout", $"The database gave no result within {config.Timeout.TotalSeconds:0.###} s. Make the SQL faster, or raise timeout.", retryable: true);
        }
    }

    private async Task<NodeOutcome> RunAsync(
        DatabaseConfig config, Credential credential, List<BoundStatement> statements, NodeContext context, CancellationToken stopped, CancellationToken cancellationToken)
    {
        var login = new DatabaseLogin(credential, []);
        DatabaseCall? call = null;
        try
        {
            login = new DatabaseLogin(credential, await guard.ResolveAsync(login.Host, login.Port, cancellationToken));
            await using var lease = await pools.RentAsync(login, cancellationToken);
            if (lease is null)
                return NodeOutcome.Fail("database_busy", $"Workflows use {DatabasePools.MaxPools} databases at the same time already.", retryable: true);
            call = new DatabaseCall(config, login, context, stopped);
            var results = await call.RunAsync(lease.DataSource, statements, cancellationToken);
            Log(config, statements, results, context);
            return new NodeOutcome.Completed(Output(config, results));
        }
        catch (OutboundRefusedException e)
        {
            return NodeOutcome.Fail("address_not_allowed", e.Message);
        }
        catch (OperationCanceledException e) when (call is { IsCommitting: true } && !stopped.IsCancellationRequested && DatabaseFailure.LeavesCommitOpen(e))
        {
            // The server did not even say that it gave the commit up.
            return new NodeOutcome.Failed(DatabaseFailure.CommitUnknown(login));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var error = DatabaseFailure.From(e, login, call);
            // What the server says when the node is stopped is no error of its own, and what it says when the time is up is
            // none either, but for a connection that broke while it was to commit: that must not be tried again.
            if (stopped.IsCancellationRequested || !DatabaseFailure.IsCommitUnknown(error))
                cancellationToken.ThrowIfCancellationRequested();
            if (error is null)
                throw;
            return new NodeOutcome.Failed(error);
        }
    }

    private static JsonElement Output(DatabaseConfig config, IReadOnlyList<DatabaseResult> results) => config.Action switch
    {
        DatabaseAction.Query => JsonSerializer.SerializeToElement(results[0], DatabaseJson.Default.DatabaseResult),
        DatabaseAction.Execute => JsonSerializer.SerializeToElement(new DatabaseCount(results[0].RowCount), DatabaseJson.Default.DatabaseCount),
        _ => JsonSerializer.SerializeToElement(new DatabaseResults(results, results.Sum(r => r.RowCount)), DatabaseJson.Default.DatabaseResults),
    };

    private static void Log(DatabaseConfig config, List<BoundStatement> statements, IReadOnlyList<DatabaseResult> results, NodeContext context)
    {
        foreach (var (statement, result) in statements.Zip(results))
        {
            var details = new DatabaseEvent(config.Credential, SqlShape.Of(statement.Statement).Summary, result.RowCount) { Truncated = result.Truncated };
            context.AddEvent(
                config.ReadOnly ? DatabaseEventTypes.Queried : DatabaseEventTypes.Changed, "completed", JsonSerializer.SerializeToElement(details, DatabaseJson.Default.DatabaseEvent));
        }
    }

    private static NodeError? Bind(DatabaseConfig config, out List<BoundStatement> bound)
    {
        bound = [];
        IReadOnlyList<DatabaseStatement> written = config.Action == DatabaseAction.Batch
            ? config.Statements ?? []
            : [new DatabaseStatement { Sql = config.Sql ?? "", Parameters = config.Parameters }];
        foreach (var (index, one) in written.Index())
        {
            var where = config.Action == DatabaseAction.Batch ? $"Statement {index}: " : "";
            if (!SqlStatement.TryParse(one.Sql, out var statement, out var problem))
                return new NodeError("sql_not_allowed", where + problem);
            if (DatabaseParameters.Problem(statement, one.Parameters) is { } mismatch)
                return new NodeError("invalid_parameters", where + mismatch);
            var (sent, parameters) = DatabaseParameters.Bind(statement, one.Parameters);
            bound.Add(new BoundStatement(statement, sent, parameters, [.. DatabaseParameters.ValuesIn(one.Parameters).Distinct().OrderByDescending(v => v.Length)]));
        }
        return null;
    }

    private static NodeError? Problem(DatabaseConfig config)
    {
        if (config is { ReadOnly: true, Action: not DatabaseAction.Query })
            return new NodeError("read_only", "The actions execute and batch are there to change something: say readOnly false.");
        var isBatch = config.Action == DatabaseAction.Batch;
        var problem = (isBatch, config) switch
        {
            (true, { Statements: not { Count: > 0 and <= MaxStatements } }) => $"The action batch needs statements, 1 to {MaxStatements}.",
            (true, { Sql: not null }) or (true, { Parameters.ValueKind: not JsonValueKind.Undefined }) => "In the action batch, each statement has its own sql and parameters.",
            (false, { Statements: not null }) => "statements go with the action batch.",
            (false, { Sql: null }) => "There is no sql.",
            _ when config.Timeout < TimeSpan.FromMilliseconds(1) || config.Timeout > MaxTimeout => "timeout must be from 1ms to 1h.",
            _ when config.MaxRows is < 1 or > MaxRows => $"maxRows must be from 1 to {MaxRows}.",
            _ when config.MaxBytes is < 1 or > MaxBytes => $"maxBytes must be from 1 to {MaxBytes}.",
            _ => null,
        };
        return problem is null ? null : new NodeError("invalid_config", problem);
    }
}
