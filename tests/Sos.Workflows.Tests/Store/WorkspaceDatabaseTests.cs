using Npgsql;
using Sos.Testing.Postgres;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class WorkspaceDatabaseTests : IAsyncLifetime
{
    private static readonly Guid Mine = Guid.CreateVersion7();
    private static readonly Guid Theirs = Guid.CreateVersion7();

    private TestDatabase test = null!;
    private NpgsqlDataSource source = null!;
    private WorkspaceDatabase database = null!;

    public async Task InitializeAsync()
    {
        test = await TestDatabase.CreateAsync();
        // One connection, so that every use gets the one that the last use returned.
        var builder = new NpgsqlDataSourceBuilder(test.ConnectionString) { ConnectionStringBuilder = { MaxPoolSize = 1 } };
        DatabaseRole.ActAs(builder, DatabaseRole.Api);
        source = builder.Build();
        database = new WorkspaceDatabase(source);
        await test.ExecuteAsync($"""
            insert into organizations (id, name) values ('{Mine}', 'o');
            insert into workspaces (id, organization_id, name) values ('{Mine}', '{Mine}', 'mine'), ('{Theirs}', '{Mine}', 'theirs');
            insert into users (id, display_name) values ('{Mine}', 'me'), ('{Theirs}', 'them');
            insert into memberships (workspace_id, user_id, role) values ('{Mine}', '{Mine}', 'admin'), ('{Theirs}', '{Theirs}', 'admin');
            insert into workflows (id, workspace_id, name, latest_version) values ('{Mine}', '{Mine}', 'w', 1), ('{Theirs}', '{Theirs}', 'w', 1);
            insert into workflow_versions (id, workspace_id, workflow_id, version, definition)
              select id, workspace_id, id, 1, '{"{}"}' from workflows;
            insert into workflow_executions (id, workspace_id, organization_id, workflow_id, version_id, version, workflow_name, input, traceparent, trace_id)
              select id, workspace_id, id, id, id, 1, 'w', '{"{}"}', '', '' from workflows;
            insert into execution_steps (execution_id, node_id, workspace_id, type, status) select id, 'n', workspace_id, 't', 'completed' from workflows;
            insert into execution_signals (execution_id, seq, workspace_id, kind) select id, 1, workspace_id, 'cancel' from workflows;
            insert into event_logs (workspace_id, event_type) select workspace_id, 'e' from workflows;
            insert into agent_trace_history (id, workspace_id, agent_id) select id, workspace_id, 'a' from workflows;
            insert into model_cost_logs (id, workspace_id, model_name, provider) select id, workspace_id, 'm', 'p' from workflows;
            insert into api_keys (id, workspace_id, name, role, prefix, key_hash) select id, workspace_id, 'k', 'admin', '', sha256(id::text::bytea) from workflows;
            insert into idempotency_keys (workspace_id, key, request_hash) select workspace_id, 'k', '' from workflows;
            insert into model_providers (id, workspace_id, name, kind) select id, workspace_id, 'p', 'openai' from workflows;
            insert into budgets (id, workspace_id, period, limit_usd) select id, workspace_id, 'day', 1 from workflows;
            insert into model_spend (workspace_id, workflow_id, day, cost_usd, calls) select workspace_id, id, '2026-11-22', 1, 1 from workflows;
            insert into conversation_messages (workspace_id, agent_id, conversation, execution_id, node_id, iteration, position, message)
              select workspace_id, 'a', 'c', id, 'n', '', 0, '{"{}"}' from workflows;
            insert into credentials (id, workspace_id, name, type, allowed_hosts, secret_names, secret)
              select id, workspace_id, 'c', 'bearer', array['example.com'], array['token'], '' from workflows;
            insert into credential_sign_ins (id, workspace_id, credential_id, credential_updated_at, organization_id, api_key_id, state_hash, redirect_uri, expires_at)
              select id, workspace_id, id, now(), id, id, sha256(id::text::bytea), '', now() from workflows;
            insert into connectors (id, workspace_id, name, source, title, head, action_count) select id, workspace_id, 'c', 'manifest', 't', '{"{}"}', 1 from workflows;
            insert into connector_actions (connector_id, workspace_id, name, position, title, definition) select id, workspace_id, 'a', 1, 't', '{"{}"}' from workflows;
            insert into schedules (id, workspace_id, name, workflow_id, cron, time_zone, input, misfire_policy, overlap_policy, enabled)
              select id, workspace_id, 's', id, '@daily', 'UTC', '{"{}"}', 'skip', 'skip', false from workflows;
            insert into webhooks (id, workspace_id, name, workflow_id, token_prefix, token_hash, methods, verification, secret, answer, wait_seconds, max_body_bytes, rate_per_minute, enabled)
              select id, workspace_id, 'w', id, '', sha256(id::text::bytea), array['POST'], '{"{}"}', '', 'async', 1, 1, 1, true from workflows;
            insert into webhook_deliveries (webhook_id, workspace_id, delivery, execution_id, expires_at) select id, workspace_id, sha256(''), id, now() from workflows
            """);
    }

    public async Task DisposeAsync()
    {
        await source.DisposeAsync();
        await test.DisposeAsync();
    }

    public static TheoryData<string> TenantTables { get; } =
    [
        "workspaces", "users", "memberships", "api_keys", "idempotency_keys", "workflows", "workflow_versions", "workflow_executions",
        "execution_steps", "execution_signals", "event_logs", "agent_trace_history", "model_cost_logs",
        "model_providers", "budgets", "model_spend", "conversation_messages", "credentials", "credential_sign_ins", "connectors", "connector_actions", "schedules", "webhooks", "webhook_deliveries",
    ];

    [Theory]
    [MemberData(nameof(TenantTables))]
    public async Task A_statement_without_a_where_sees_one_workspace(string table)
    {
        Assert.Equal(1, await CountAsync(Mine, table));
        Assert.Equal(1, await CountAsync(Theirs, table)); // the same connection, so the last setting does not stay
        Assert.Equal(0, await CountAsync(Guid.CreateVersion7(), table));
        Assert.Equal(2L, await test.QueryAsync<long>($"select count(*) from {table}"));
    }

    [Theory]
    [MemberData(nameof(TenantTables))]
    public async Task Outside_of_a_workspace_nothing_is_seen(string table)
    {
        await CountAsync(Mine, table);
        await using var command = database.OutsideWorkspaces($"select count(*) from {table}");
        Assert.Equal(0L, await command.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("update workflows set name = 'stolen'")]
    [InlineData("update workflow_executions set status = 'cancelled'")]
    [InlineData("update api_keys set revoked_at = now()")]
    [InlineData("delete from idempotency_keys")]
    public async Task A_change_without_a_where_changes_one_workspace(string sql)
    {
        await using var batch = database.In(Mine);
        batch.Add(sql);
        Assert.Equal(1, await batch.ExecuteNonQueryAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Every_table_of_a_workspace_has_a_wall_for_the_api()
    {
        // Partitions are reached by their table, and the wall is there.
        Assert.Null(await test.QueryAsync<string>("""
            select string_agg(c.relname, ', ' order by c.relname)
            from pg_class c join pg_attribute a on a.attrelid = c.oid
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'workspace_id' and not a.attisdropped
              and not (c.relrowsecurity and exists (
                select from pg_policy p
                where p.polrelid = c.oid and 'sos_api'::regrole = any (p.polroles) and pg_get_expr(p.polqual, p.polrelid) like '%current_workspace_id()%'))
            """));
        Assert.True(await test.QueryAsync<long>("select count(*) from information_schema.columns where table_schema = 'public' and column_name = 'workspace_id'") > 20);
    }

    [Fact]
    public async Task A_sign_in_can_not_be_for_a_credential_of_another_workspace()
    {
        await using var batch = database.In(Mine);
        batch.Add("""
            insert into credential_sign_ins (id, workspace_id, credential_id, credential_updated_at, organization_id, api_key_id, state_hash, redirect_uri, expires_at)
            values (gen_random_uuid(), $1, $2, now(), $1, $1, sha256('s'), '', now())
            """).With(Mine).With(Theirs);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteNonQueryAsync(CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, refusal.SqlState);
    }

    [Fact]
    public async Task A_row_of_another_workspace_can_not_be_written()
    {
        await using var batch = database.In(Mine);
        batch.Add("insert into execution_signals (execution_id, seq, workspace_id, kind) values ($1, 2, $2, 'cancel')").With(Theirs).With(Theirs);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteNonQueryAsync(CancellationToken.None));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Fact]
    public async Task The_role_stays_when_a_connection_is_used_again()
    {
        for (var i = 0; i < 5; i++)
        {
            await using var command = database.OutsideWorkspaces("select current_user || pg_backend_pid()");
            var first = await command.ExecuteScalarAsync();
            Assert.StartsWith(DatabaseRole.Api, (string)first!, StringComparison.Ordinal);
            await using var failing = database.OutsideWorkspaces("select 1 / 0");
            await Assert.ThrowsAsync<PostgresException>(() => failing.ExecuteScalarAsync());
        }
        await using var making = database.OutsideWorkspaces("create table mine (id int)");
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => making.ExecuteScalarAsync())).SqlState);
    }

    [Fact]
    public async Task A_transaction_is_inside_one_workspace_and_is_undone_unless_committed()
    {
        await using (var transaction = await database.BeginAsync(Mine, CancellationToken.None))
        {
            await using var batch = transaction.Batch();
            batch.Add("update workflows set name = 'renamed'");
            Assert.Equal(1, await batch.ExecuteNonQueryAsync(CancellationToken.None));
        }
        Assert.Equal(2L, await test.QueryAsync<long>("select count(*) from workflows where name = 'w'"));
    }

    [Fact]
    public async Task A_batch_enters_several_workspaces_one_after_another()
    {
        await using var batch = database.InSeveral();
        foreach (var workspace in (Guid[])[Mine, Theirs])
        {
            batch.Enter(workspace);
            batch.Add("select id from workflows");
        }
        await using var results = await batch.ExecuteAsync(CancellationToken.None);
        Assert.Equal([Mine], await results.RowsAsync(r => r.GetGuid(0), CancellationToken.None));
        Assert.Equal([Theirs], await results.RowsAsync(r => r.GetGuid(0), CancellationToken.None));
    }

    private async Task<long> CountAsync(Guid workspace, string table)
    {
        var batch = database.In(workspace);
        batch.Add($"select count(*) from {table}");
        return (await batch.AllAsync(r => r.GetInt64(0), CancellationToken.None)).Single();
    }
}
