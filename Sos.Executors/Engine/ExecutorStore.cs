using Npgsql;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>The parts of the store that an executor works with.</summary>
internal sealed record ExecutorStore(
    NpgsqlDataSource DataSource, ExecutorRegistry Registry, WorkQueue Work, ExecutionHistory History, WorkflowVersions Versions,
    DueSchedules Schedules, NotificationListener Listener);
