using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Npgsql;
using Sos.Testing.Postgres;
using Sos.Workflows.Executions;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Store;

/// <summary>Claims, fences, recovery, fairness and signals, on a real database.</summary>
public sealed class LeaseProtocolTests : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private TestDatabase database = null!;
    private WorkQueue work = null!;
    private ExecutorRegistry registry = null!;

    public async Task InitializeAsync()
    {
        database = await TestDatabase.CreateAsync();
        work = new WorkQueue(database.DataSource);
        registry = new ExecutorRegistry(database.DataSource);
    }

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Two_executors_never_claim_the_same_execution()
    {
        await SubmitAsync(Guid.NewGuid(), 100);
        var executors = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RegisterAsync()));
        var claims = await Task.WhenAll(executors.Select(async e =>
        {
            var mine = new List<Guid>();
            while (await work.ClaimAsync(e, 7, CancellationToken.None) is { Count: > 0 } claimed)
                mine.AddRange(claimed.Select(c => c.Id));
            return mine;
        }));
        Assert.Equal(100, claims.Sum(c => c.Count));
        Assert.Equal(100, claims.SelectMany(c => c).Distinct().Count());
    }

    [Fact]
    public async Task Claims_take_turns_between_workspaces()
    {
        var (busy, quiet) = (Guid.NewGuid(), Guid.NewGuid());
        await SubmitAsync(busy, 50);
        var late = await SubmitAsync(quiet, 2);
        var claimed = await work.ClaimAsync(await RegisterAsync(), 4, CancellationToken.None);
        Assert.Equal(2, claimed.Count(c => c.WorkspaceId == busy));
        Assert.Equal(late.Order(), claimed.Where(c => c.WorkspaceId == quiet).Select(c => c.Id).Order());
    }

    [Fact]
    public async Task Within_a_workspace_priority_comes_first_then_age()
    {
        var workspace = Guid.NewGuid();
        var ids = await SubmitAsync(workspace, 3);
        await database.ExecuteAsync($"update workflow_executions set priority = 5 where id = '{ids[2]}'");
        await database.ExecuteAsync($"update workflow_executions set due_at = now() - interval '1 minute' where id = '{ids[1]}'");
        var executor = await RegisterAsync();
        var order = new List<Guid>();
        while (await work.ClaimAsync(executor, 1, CancellationToken.None) is [var one])
            order.Add(one.Id);
        Assert.Equal([ids[2], ids[1], ids[0]], order);
    }

    [Fact]
    public async Task What_is_not_due_yet_is_not_claimed()
    {
        await SubmitAsync(Guid.NewGuid(), 1);
        await database.ExecuteAsync("update workflow_executions set due_at = now() + interval '1 minute'");
        Assert.Empty(await work.ClaimAsync(await RegisterAsync(), 10, CancellationToken.None));
    }

    [Fact]
    public async Task An_executor_whose_lease_has_expired_claims_nothing()
    {
        await SubmitAsync(Guid.NewGuid(), 1);
        var executor = await RegisterAsync();
        await database.ExecuteAsync("update executors set lease_until = now() - interval '1 second'");
        Assert.Empty(await work.ClaimAsync(executor, 10, CancellationToken.None));
        Assert.Empty(await work.ClaimAsync(Guid.NewGuid(), 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_checkpoint_of_an_earlier_claim_changes_nothing()
    {
        await SubmitAsync(Guid.NewGuid(), 1);
        var first = await RegisterAsync();
        var old = (await work.ClaimAsync(first, 1, CancellationToken.None))[0];
        await database.ExecuteAsync("update executors set lease_until = now() - interval '1 second'");
        Assert.Equal((1, 1), await registry.RecoverAsync(all: false, CancellationToken.None));
        var second = await RegisterAsync();
        var current = (await work.ClaimAsync(second, 1, CancellationToken.None))[0];
        Assert.Equal(old.Epoch + 1, current.Epoch);
        Assert.Equal(1, current.LostLeases);

        await using var zombie = new CheckpointWriter(database.DataSource, first, TimeProvider.System, 1);
        var refused = await zombie.WriteAsync(End(old, "zombie"), CancellationToken.None);
        Assert.False(refused.Applied);
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from execution_steps"));
        Assert.Equal(0, await database.QueryAsync<long>("select count(*) from event_logs"));

        await using var writer = new CheckpointWriter(database.DataSource, second, TimeProvider.System, 1);
        Assert.True((await writer.WriteAsync(End(current, "fine"), CancellationToken.None)).Applied);
        Assert.Equal("\"fine\"", await database.QueryAsync<string>("select output::text from workflow_executions"));
        Assert.Equal(0, await database.QueryAsync<int>("select lost_leases::int from workflow_executions"));
    }

    [Fact]
    public async Task A_checkpoint_sent_twice_is_applied_once()
    {
        await SubmitAsync(Guid.NewGuid(), 1);
        var executor = await RegisterAsync();
        var claim = (await work.ClaimAsync(executor, 1, CancellationToken.None))[0];
        await using var writer = new CheckpointWriter(database.DataSource, executor, TimeProvider.System, 1);
        var checkpoint = End(claim, "once") with { Status = ExecutionStatus.Running, Output = null };
        Assert.True((await writer.WriteAsync(checkpoint, CancellationToken.None)).Applied);
        Assert.False((await writer.WriteAsync(checkpoint, CancellationToken.None)).Applied);
        Assert.Equal(1, await database.QueryAsync<long>("select count(*) from event_logs"));
    }

    [Fact]
    public async Task One_bad_checkpoint_does_not_fail_its_neighbours()
    {
        await SubmitAsync(Guid.NewGuid(), 20);
        var executor = await RegisterAsync();
        var claims = await work.ClaimAsync(executor, 20, CancellationToken.None);
        await using var writer = new CheckpointWriter(database.DataSource, executor, TimeProvider.System, 1);
        var results = await Task.WhenAll(claims.Select(async (c, i) =>
        {
            var checkpoint = End(c, "x");
            if (i == 7)
                checkpoint = checkpoint with { Output = JsonElement.Parse("\"\\u0000\"") };
            try
            {
                return (await writer.WriteAsync(checkpoint, CancellationToken.None)).Applied;
            }
            catch (PostgresException)
            {
                return false;
            }
        }));
        Assert.Equal([7], results.Select((ok, i) => (ok, i)).Where(r => !r.ok).Select(r => r.i));
    }

    [Fact]
    public async Task A_signal_that_comes_before_an_execution_can_rest_makes_it_pending()
    {
        var id = (await SubmitAsync(Guid.NewGuid(), 1))[0];
        var executor = await RegisterAsync();
        var claim = (await work.ClaimAsync(executor, 1, CancellationToken.None))[0];
        await database.ExecuteAsync("update workflow_executions set signal_seq = 1");
        await using var writer = new CheckpointWriter(database.DataSource, executor, TimeProvider.System, 1);
        var rest = End(claim, "x") with { Status = ExecutionStatus.Waiting, Output = null, WakeAt = DateTimeOffset.UtcNow.AddHours(1) };
        Assert.Equal(new CheckpointResult(true, ExecutionStatus.Pending), await writer.WriteAsync(rest, CancellationToken.None));
        Assert.Equal(id, (await work.ClaimAsync(executor, 1, CancellationToken.None)).Single().Id);
    }

    [Fact]
    public async Task Waking_takes_what_is_due_and_tells_how_long_until_the_next()
    {
        var ids = await SubmitAsync(Guid.NewGuid(), 3);
        await database.ExecuteAsync($"""
            update workflow_executions set status = 'waiting', wake_at = now() - interval '1 second' where id = '{ids[0]}';
            update workflow_executions set status = 'waiting', wake_at = now() + interval '90 days' where id = '{ids[1]}';
            update workflow_executions set status = 'waiting', wake_at = null where id = '{ids[2]}';
            """);
        var (woken, untilNext) = await work.WakeAsync(CancellationToken.None);
        Assert.Equal(1, woken);
        Assert.True(untilNext > TimeSpan.FromHours(1));
        Assert.Equal([ids[0]], (await work.ClaimAsync(await RegisterAsync(), 10, CancellationToken.None)).Select(c => c.Id));
    }

    [Fact]
    public async Task What_an_executor_owns_without_running_it_can_be_given_back()
    {
        await SubmitAsync(Guid.NewGuid(), 3);
        var executor = await RegisterAsync();
        var claims = await work.ClaimAsync(executor, 3, CancellationToken.None);
        Assert.Equal(2, await work.GiveBackAsync(executor, [claims[0].Id], CancellationToken.None));
        Assert.Equal(2, (await work.ClaimAsync(executor, 3, CancellationToken.None)).Count);
    }

    /// <summary>
    /// Executors claim, checkpoint, die, and come back as zombies in any order. However it goes: an execution ends
    /// once, by a claim that was current, and every step of it was written once.
    /// </summary>
    [Property(MaxTest = 25)]
    public Property Whatever_order_claims_deaths_and_checkpoints_come_in_every_execution_ends_once() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => RunScenarioAsync(seed).GetAwaiter().GetResult());

    private async Task<bool> RunScenarioAsync(int seed)
    {
        var random = new Random(seed);
        var workspace = Guid.NewGuid();
        var ids = (await SubmitAsync(workspace, 6)).ToHashSet();
        var alive = new List<(Guid Id, CheckpointWriter Writer)>();
        var held = new List<(Guid Executor, CheckpointWriter Writer, ClaimedExecution Claim)>();
        var applied = new List<Guid>();
        try
        {
            for (var action = 0; action < 60 || applied.Count < ids.Count; action++)
            {
                switch (action >= 60 ? action % 3 : random.Next(5))
                {
                    case 0:
                        var executor = await RegisterAsync();
                        alive.Add((executor, new CheckpointWriter(database.DataSource, executor, TimeProvider.System, 1)));
                        break;
                    case 1 when alive.Count > 0:
                        var (id, writer) = alive[random.Next(alive.Count)];
                        foreach (var claim in await work.ClaimAsync(id, action >= 60 ? 10 : random.Next(1, 4), CancellationToken.None))
                            held.Add((id, writer, claim));
                        break;
                    case 2 when held.Count > 0:
                        // Also by executors that have died in the meantime.
                        var (_, by, mine) = held[random.Next(held.Count)];
                        if ((await by.WriteAsync(End(mine, "done"), CancellationToken.None)).Applied)
                            applied.Add(mine.Id);
                        held.RemoveAll(h => h.Claim == mine);
                        break;
                    case 3 when alive.Count > 0 && action < 60:
                        var dead = random.Next(alive.Count);
                        await database.ExecuteAsync($"update executors set lease_until = now() - interval '1 second' where id = '{alive[dead].Id}'");
                        alive.RemoveAt(dead);
                        break;
                    case 4:
                        await registry.RecoverAsync(all: false, CancellationToken.None);
                        break;
                }
                if (action == 60)
                    await registry.RecoverAsync(all: false, CancellationToken.None);
            }
        }
        finally
        {
            foreach (var (_, writer) in alive)
                await writer.DisposeAsync();
        }
        var steps = await database.QueryAsync<long>($"select count(*) from execution_steps where workspace_id = '{workspace}'");
        var events = await database.QueryAsync<long>($"select count(*) from event_logs where workspace_id = '{workspace}'");
        return applied.Count == ids.Count && applied.Distinct().Count() == ids.Count && steps == ids.Count && events == ids.Count;
    }

    private async Task<Guid> RegisterAsync()
    {
        var id = Guid.CreateVersion7();
        await registry.RegisterAsync(id, "test", "0", 10, Lease, CancellationToken.None);
        return id;
    }

    private async Task<Guid[]> SubmitAsync(Guid workspace, int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray();
        await using var command = database.DataSource.CreateCommand("""
            insert into workflow_executions (id, workspace_id, organization_id, workflow_id, version_id, version, workflow_name, input, traceparent, trace_id)
            select id, $2, $2, $2, $2, 1, 'w', '{}', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'
            from unnest($1) id
            """);
        command.Parameters.AddWithValue(ids);
        command.Parameters.AddWithValue(workspace);
        await command.ExecuteNonQueryAsync();
        return ids;
    }

    private static Checkpoint End(ClaimedExecution claim, string output) => new()
    {
        ExecutionId = claim.Id,
        WorkspaceId = claim.WorkspaceId,
        OrganizationId = claim.OrganizationId,
        WorkflowId = claim.WorkflowId,
        TraceId = claim.TraceParent[3..35],
        Epoch = claim.Epoch,
        Seq = claim.CheckpointSeq + 1,
        Status = ExecutionStatus.Completed,
        Output = JsonSerializer.SerializeToElement(output),
        SignalSeen = claim.SignalSeen,
        Steps = [new StepRow { NodeId = "a", Iteration = "", Type = "t", Status = StepStatus.Completed, StartedAt = DateTimeOffset.UtcNow }],
        Events = [new EventRow { EventType = "workflow_completed", Timestamp = DateTimeOffset.UtcNow }],
    };
}
