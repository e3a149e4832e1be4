using Npgsql;
using Sos.Testing.Postgres;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

/// <summary>A database with two workspaces, a workflow in each, and data sources that act as the services do.</summary>
internal sealed class ModelDatabase : IAsyncDisposable
{
    private ModelDatabase(TestDatabase database)
    {
        Database = database;
        Executor = Source(database, DatabaseRole.Executor);
        ApiSource = Source(database, DatabaseRole.Api);
        Api = new WorkspaceDatabase(ApiSource);
        Who = new KeyHolder(Guid.CreateVersion7(), Workspace, Organization, null, "admin", "k");
    }

    public TestDatabase Database { get; }

    public NpgsqlDataSource Executor { get; }

    public WorkspaceDatabase Api { get; }

    public Guid Organization { get; } = Guid.CreateVersion7();

    public Guid Workspace { get; } = Guid.CreateVersion7();

    public Guid OtherWorkspace { get; } = Guid.CreateVersion7();

    public KeyHolder Who { get; }

    private NpgsqlDataSource ApiSource { get; }

    public static async Task<ModelDatabase> CreateAsync()
    {
        var models = new ModelDatabase(await TestDatabase.CreateAsync());
        await models.Database.ExecuteAsync($"""
            insert into organizations (id, name) values ('{models.Organization}', 'o');
            insert into workspaces (id, organization_id, name) values
              ('{models.Workspace}', '{models.Organization}', 'mine'), ('{models.OtherWorkspace}', '{models.Organization}', 'theirs')
            """);
        return models;
    }

    /// <summary>A new workflow of a workspace.</summary>
    public async Task<Guid> WorkflowAsync(Guid? workspace = null)
    {
        var id = Guid.CreateVersion7();
        await Database.ExecuteAsync($$"""
            insert into workflows (id, workspace_id, name, latest_version) values ('{{id}}', '{{workspace ?? Workspace}}', '{{id}}', 1);
            insert into workflow_versions (id, workspace_id, workflow_id, version, definition) values ('{{id}}', '{{workspace ?? Workspace}}', '{{id}}', 1, '{}')
            """);
        return id;
    }

    /// <summary>A new execution whose own model calls have cost something.</summary>
    public async Task<Guid> ExecutionAsync(Guid workflow, decimal cost, Guid? parent = null, Guid? workspace = null)
    {
        var id = Guid.CreateVersion7();
        await Database.ExecuteAsync(FormattableString.Invariant($$"""
            insert into workflow_executions (id, workspace_id, organization_id, workflow_id, version_id, version, workflow_name, input, traceparent, trace_id, cost_usd, parent_execution_id)
            values ('{{id}}', '{{workspace ?? Workspace}}', '{{Organization}}', '{{workflow}}', '{{workflow}}', 1, 'w', '{}', '', '', {{cost}}, {{(parent is null ? "null" : $"'{parent}'")}})
            """));
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await Executor.DisposeAsync();
        await ApiSource.DisposeAsync();
        await Database.DisposeAsync();
    }

    private static NpgsqlDataSource Source(TestDatabase database, string role)
    {
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString);
        DatabaseRole.ActAs(builder, role);
        return builder.Build();
    }
}
