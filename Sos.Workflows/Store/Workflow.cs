using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sos.Workflows.Store;

/// <summary>A workflow, without its definition.</summary>
public sealed record Workflow
{
    /// <summary>The workflow's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name, unique in the workspace regardless of case.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The number of its latest version.</summary>
    public required int Version { get; init; }

    /// <summary>When its first version was saved.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its latest version was saved.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>One version of a workflow. It never changes.</summary>
public sealed record WorkflowVersion
{
    /// <summary>The version's own id, which executions refer to.</summary>
    public required Guid Id { get; init; }

    /// <summary>The workflow.</summary>
    public required Guid WorkflowId { get; init; }

    /// <summary>The version's number, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>When it was saved.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who saved it; null for a key without a user.</summary>
    public Guid? CreatedBy { get; init; }

    /// <summary>The definition; left out of lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Definition { get; init; }

    /// <summary>Whether the definition has its properties in its author's order; those that were saved before this was kept have them in the database's.</summary>
    [JsonIgnore]
    public bool IsAsWritten { get; init; }
}

/// <summary>What came of saving a workflow.</summary>
public abstract record SaveWorkflowResult
{
    private SaveWorkflowResult() { }

    /// <summary>A version was saved, or the latest one already said the same.</summary>
    /// <param name="Workflow">The workflow as it is now.</param>
    /// <param name="VersionId">The id of its latest version.</param>
    public sealed record Saved(Workflow Workflow, Guid VersionId) : SaveWorkflowResult;

    /// <summary>Another workflow of the workspace has that name.</summary>
    public sealed record NameTaken : SaveWorkflowResult;

    /// <summary>There is no such workflow, or it was deleted.</summary>
    public sealed record NotFound : SaveWorkflowResult;

    /// <summary>The latest version is not the expected one: somebody else saved in between.</summary>
    /// <param name="LatestVersion">The version it has now.</param>
    public sealed record Changed(int LatestVersion) : SaveWorkflowResult;
}
