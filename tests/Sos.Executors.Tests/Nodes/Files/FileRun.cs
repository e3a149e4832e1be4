using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sos.Executors.Files;
using Sos.Executors.Files.Local;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.File;
using Sos.Workflows.Expressions;

namespace Sos.Executors.Tests.Nodes.Files;

/// <summary>Runs <c>file</c> nodes of one workspace in a folder of their own.</summary>
internal sealed class FileRun : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sos-file-node-");
    private readonly Guid workspace = Guid.CreateVersion7();
    private readonly FileExecutor executor;

    public FileRun()
    {
        Store = new LocalFileStore(new FilesOptions { Folder = folder.FullName, MaxFileBytes = 5_000_000 }, TimeProvider.System);
        executor = new FileExecutor(Store);
    }

    public FileStore Store { get; }

    public NodeContext LastContext { get; private set; } = null!;

    public async Task<NodeOutcome> RunAsync(string config)
    {
        LastContext = new NodeContext
        {
            Execution = new ExecutionInfo
            {
                Id = Guid.CreateVersion7(),
                WorkspaceId = workspace,
                OrganizationId = Guid.NewGuid(),
                WorkflowId = Guid.NewGuid(),
                WorkflowName = "test",
                Version = 1,
                Attempt = 1,
                StartedAt = new FakeTimeProvider().GetUtcNow(),
            },
            NodeId = "n",
            Iteration = "",
            Attempt = 1,
            Config = JsonElement.Parse(config),
            Variables = CelVariables.Empty,
            Span = System.Diagnostics.Activity.Current,
            Time = TimeProvider.System,
        };
        return await executor.ExecuteAsync(LastContext, CancellationToken.None);
    }

    public async Task<JsonElement> OutputAsync(string config) => NodeRun.Completed(await RunAsync(config)).Output;

    public async Task<NodeError> FailAsync(string config) => NodeRun.Failed(await RunAsync(config));

    /// <summary>Puts bytes where a node finds them.</summary>
    public Task PutAsync(string path, params byte[] bytes) =>
        Store.WriteAsync(workspace, FilePath.Parse(path), new MemoryStream(bytes), WriteCondition.None, CancellationToken.None);

    /// <summary>What a node wrote.</summary>
    public async Task<byte[]> GetAsync(string path)
    {
        await using var file = await Store.OpenAsync(workspace, FilePath.Parse(path), CancellationToken.None);
        using var copy = new MemoryStream();
        await file.Content.CopyToAsync(copy);
        return copy.ToArray();
    }

    public void Dispose() => folder.Delete(recursive: true);
}
