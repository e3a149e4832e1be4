using System.Text.Json;
using Npgsql;
using Sos.Testing.Postgres;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

public sealed class ExecutionSubmitterTests : IAsyncLifetime
{
    private static readonly Guid[] Workspaces = [Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7()];

    private TestDatabase test = null!;
    private NpgsqlDataSource source = null!;
    private ExecutionSubmitter submitter = null!;

    public async Task InitializeAsync()
    {
        test = await TestDatabase.CreateAsync();
        var builder = new NpgsqlDataSourceBuilder(test.ConnectionString);
        DatabaseRole.ActAs(builder, DatabaseRole.Api);
        source = builder.Build();
        submitter = new ExecutionSubmitter(new WorkspaceDatabase(source), TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await submitter.DisposeAsync();
        await source.DisposeAsync();
        await test.DisposeAsync();
    }

    [Fact]
    public async Task Submissions_of_several_workspaces_share_transactions()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 600).Select(i => SubmitAsync(New(i % 3))));
        Assert.All(results, r => Assert.IsType<SubmitResult.Accepted>(r));
        Assert.Equal(600, await test.QueryAsync<long>("select count(*) from workflow_executions where status = 'pending'"));
        Assert.InRange(await test.QueryAsync<long>("select count(distinct xmin::text) from workflow_executions"), 1, 60);
    }

    [Fact]
    public async Task What_was_submitted_is_what_is_stored()
    {
        var user = Guid.CreateVersion7();
        var submission = New(0) with { UserId = user, StepMode = true, Breakpoints = ["a", "b"], Input = JsonElement.Parse("""{"x": [1, "ü", null]}""") };
        await SubmitAsync(submission);
        Assert.Equal(
            $$"""{{user}}|true|{a,b}|{"x": [1, "ü", null]}|{{submission.TraceParent}}|{{submission.TraceId}}|wf|3""",
            await test.QueryAsync<string>($"select concat_ws('|', user_id, step_mode::text, breakpoints::text, input::text, traceparent, trace_id, workflow_name, version) from workflow_executions where id = '{submission.Id}'"));
        Assert.Equal("{}", await test.QueryAsync<string>($"select breakpoints::text from workflow_executions where id = '{await IdAsync(New(0))}'"));
    }

    [Fact]
    public async Task A_submission_that_is_sent_twice_is_one_execution_and_accepted_twice()
    {
        var submission = New(0);
        var first = Assert.IsType<SubmitResult.Accepted>(await SubmitAsync(submission));
        var second = Assert.IsType<SubmitResult.Accepted>(await SubmitAsync(submission));
        Assert.Equal(first.CreatedAt, second.CreatedAt);
        Assert.Equal(1, await test.QueryAsync<long>("select count(*) from workflow_executions"));
    }

    [Fact]
    public async Task A_key_belongs_to_its_first_request_and_its_workspace()
    {
        var first = New(0) with { IdempotencyKey = "k", RequestHash = [1] };
        Assert.IsType<SubmitResult.Accepted>(await SubmitAsync(first));
        Assert.Equal(new SubmitResult.Repeated(first.Id), await SubmitAsync(New(0) with { IdempotencyKey = "k", RequestHash = [1] }));
        Assert.IsType<SubmitResult.KeyReused>(await SubmitAsync(New(0) with { IdempotencyKey = "k", RequestHash = [2] }));
        Assert.IsType<SubmitResult.Accepted>(await SubmitAsync(New(1) with { IdempotencyKey = "k", RequestHash = [2] }));
    }

    [Fact]
    public async Task The_same_key_many_times_in_one_batch_is_one_execution()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => SubmitAsync(New(i % 3) with { IdempotencyKey = $"k{i % 10}", RequestHash = [7] })));
        Assert.Equal(30, results.Count(r => r is SubmitResult.Accepted));
        Assert.Equal(170, results.Count(r => r is SubmitResult.Repeated));
        Assert.Equal(30, await test.QueryAsync<long>("select count(*) from workflow_executions"));
    }

    [Fact]
    public async Task A_row_that_is_refused_fails_alone()
    {
        await test.ExecuteAsync("alter table workflow_executions add constraint no_seven check (input <> '7')");
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            try
            {
                return await SubmitAsync(New(0) with { Input = JsonElement.Parse($"{i}") }) is SubmitResult.Accepted;
            }
            catch (PostgresException)
            {
                return false;
            }
        }));
        Assert.Equal([7], results.Index().Where(r => !r.Item).Select(r => r.Index));
    }

    [Fact]
    public async Task Executors_are_told_of_new_work()
    {
        await using var connection = await test.DataSource.OpenConnectionAsync();
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Notification += (_, e) => told.TrySetResult(e.Channel);
        await using (var listen = new NpgsqlCommand("listen sos_work", connection))
            await listen.ExecuteNonQueryAsync();
        await SubmitAsync(New(0));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await connection.WaitAsync(patience.Token);
        Assert.Equal("sos_work", await told.Task);
    }

    [Fact]
    public async Task A_submission_outlives_a_crash_of_the_server()
    {
        await using var server = await PostgresFixture.StartAsync();
        await using var database = await server.CreateDatabaseAsync();
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString);
        DatabaseRole.ActAs(builder, DatabaseRole.Api);
        await using var connections = builder.Build();
        await using var surviving = new ExecutionSubmitter(new WorkspaceDatabase(connections), TimeProvider.System);
        await surviving.SubmitAsync(New(0), CancellationToken.None);

        var restart = server.RestartAsync(immediate: true);
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => surviving.SubmitAsync(New(0), CancellationToken.None)));
        await restart;
        Assert.All(results, r => Assert.IsType<SubmitResult.Accepted>(r));
        await using var fresh = NpgsqlDataSource.Create(database.ConnectionString);
        await using var count = fresh.CreateCommand("select count(*) from workflow_executions");
        Assert.Equal(101L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public void Without_a_span_an_execution_gets_a_trace_of_its_own()
    {
        Assert.Null(System.Diagnostics.Activity.Current);
        var (one, two) = (New(0), New(0));
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", one.TraceParent);
        Assert.NotEqual(one.TraceId, two.TraceId);
    }

    private Task<SubmitResult> SubmitAsync(ExecutionSubmission submission) => submitter.SubmitAsync(submission, CancellationToken.None);

    private async Task<Guid> IdAsync(ExecutionSubmission submission)
    {
        await SubmitAsync(submission);
        return submission.Id;
    }

    private static ExecutionSubmission New(int workspace) => new()
    {
        WorkspaceId = Workspaces[workspace],
        OrganizationId = Workspaces[workspace],
        WorkflowId = Guid.CreateVersion7(),
        VersionId = Guid.CreateVersion7(),
        Version = 3,
        WorkflowName = "wf",
        Input = JsonElement.Parse("{}"),
    };
}
