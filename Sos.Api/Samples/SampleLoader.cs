using System.Text.Json;
using Sos.Workflows.Definitions;
using Sos.Workflows.Store;
using Sos.Workflows.Validation;

namespace Sos.Api.Samples;

/// <summary>
/// Saves the samples on the first start. When a later start listens at another address, those that nobody changed
/// follow it; changed and deleted ones are left alone.
/// </summary>
internal static class SampleLoader
{
    private const string AddressFile = "samples-address";

    /// <summary>Saves what is to be saved.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="key">A key of the workspace that gets them.</param>
    /// <param name="baseUrl">The address that the samples call.</param>
    /// <param name="dataFolder">Where the address of the last start is kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task LoadAsync(IServiceProvider services, string key, Uri baseUrl, string dataFolder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(dataFolder, AddressFile);
        var known = File.Exists(file) && Uri.TryCreate((await File.ReadAllTextAsync(file, cancellationToken)).Trim(), UriKind.Absolute, out var last) ? last : null;
        if (known == baseUrl || await HolderAsync(services, key, cancellationToken) is not { } holder)
            return;
        var store = services.GetRequiredService<WorkflowStore>();
        foreach (var name in SampleFiles.Names)
        {
            var sample = Read(name, baseUrl);
            if (known is null)
                await store.CreateAsync(holder.WorkspaceId, holder.UserId, sample, cancellationToken); // one of that name is somebody's own
            else
                await MoveAsync(store, holder, Read(name, known), sample, cancellationToken);
        }
        await File.WriteAllTextAsync(file, baseUrl.ToString(), cancellationToken);
    }

    /// <summary>The workflow that the start-up table shows how to run; null when it was deleted.</summary>
    public static async Task<Guid?> FindHelloAsync(IServiceProvider services, string key, CancellationToken cancellationToken) =>
        await HolderAsync(services, key, cancellationToken) is { } holder
            ? (await services.GetRequiredService<WorkflowStore>().FindByNameAsync(holder.WorkspaceId, "hello", cancellationToken))?.Id
            : null;

    private static Task<KeyHolder?> HolderAsync(IServiceProvider services, string key, CancellationToken cancellationToken) =>
        services.GetRequiredService<ApiKeyStore>().FindAsync(ApiKeyStore.Hash(key), cancellationToken);

    private static WorkflowDefinition Read(string name, Uri baseUrl) =>
        DefinitionReader.Read(SampleFiles.Render(name, baseUrl)) is { IsValid: true, Definition: var definition }
            ? definition
            : throw new InvalidOperationException($"The sample '{name}' is not a valid definition.");

    private static async Task MoveAsync(WorkflowStore store, KeyHolder holder, WorkflowDefinition before, WorkflowDefinition now, CancellationToken cancellationToken)
    {
        if (await store.FindByNameAsync(holder.WorkspaceId, before.Name, cancellationToken) is not { } workflow
            || await store.GetVersionAsync(holder.WorkspaceId, workflow.Id, workflow.Version, cancellationToken) is not { Definition: { } stored })
        {
            return;
        }
        if (JsonElement.DeepEquals(stored, JsonSerializer.SerializeToElement(before, DefinitionJson.Default.WorkflowDefinition)))
            await store.AddVersionAsync(holder.WorkspaceId, holder.UserId, workflow.Id, now, workflow.Version, cancellationToken);
    }
}
