using Sos.Api.Problems;
using Sos.Workflows.Definitions.Import;
using Sos.Workflows.Store;

namespace Sos.Api.Workflows;

/// <summary>Saves definitions, whoever asks: the API or the editor.</summary>
internal sealed class WorkflowSave(DefinitionInput input, WorkflowStore store, WorkflowCache cache)
{
    /// <summary>Saves a new workflow.</summary>
    /// <exception cref="ProblemException">400 where the definition is wrong, 409 where the name is taken.</exception>
    public async Task<(Workflow Workflow, IReadOnlyList<ImportWarning>? Warnings)> CreateAsync(KeyHolder caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var (definition, warnings) = input.Accept(body.Span);
        return await store.CreateAsync(caller.WorkspaceId, caller.UserId, definition, cancellationToken) is SaveWorkflowResult.Saved saved
            ? (saved.Workflow, warnings)
            : throw NameTaken(definition.Name);
    }

    /// <summary>Saves a new version.</summary>
    /// <param name="caller">Who saves.</param>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="body">The definition, or a graph in React Flow's shape.</param>
    /// <param name="expected">The version that the change is based on; null to save over any.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ProblemException">400, 404, 409 as above; 412 where there is a later version.</exception>
    public async Task<(Workflow Workflow, IReadOnlyList<ImportWarning>? Warnings)> UpdateAsync(
        KeyHolder caller, Guid workflowId, ReadOnlyMemory<byte> body, int? expected, CancellationToken cancellationToken)
    {
        var (definition, warnings) = input.Accept(body.Span);
        switch (await store.AddVersionAsync(caller.WorkspaceId, caller.UserId, workflowId, definition, expected, cancellationToken))
        {
            case SaveWorkflowResult.Saved saved:
                cache.Forget(caller.WorkspaceId, workflowId);
                return (saved.Workflow, warnings);
            case SaveWorkflowResult.NameTaken:
                throw NameTaken(definition.Name);
            case SaveWorkflowResult.Changed changed:
                throw new ProblemException(StatusCodes.Status412PreconditionFailed, VersionChanged,
                    $"The workflow is at version {changed.LatestVersion}, not {expected}: somebody saved in between. Get it, merge your change and save again.");
            default:
                throw ProblemCatalog.NotFound("workflow", workflowId);
        }
    }

    /// <summary>The code of a save that would have gone over somebody else's.</summary>
    public const string VersionChanged = "version_changed";

    private static ProblemException NameTaken(string name) =>
        ProblemCatalog.Conflict("name_taken", $"Another workflow of this workspace is named '{name}'. Choose another name, or PUT to that workflow.");
}
