using Sos.Executors.Credentials;
using Sos.Executors.Nodes;
using Sos.Workflows.Store;

namespace Sos.Executors.Engine;

/// <summary>What every run of an executor works with.</summary>
internal sealed record RunServices(
    ExecutorOptions Options,
    NodeExecutors Nodes,
    CredentialAccess Credentials,
    WorkflowVersions Versions,
    ExecutionHistory History,
    DatabaseRetry Retry,
    TimeProvider Time,
    ILogger Logger);
