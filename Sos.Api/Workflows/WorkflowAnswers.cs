using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Workflows.Definitions.Import;
using Sos.Workflows.Store;
using Sos.Workflows.Validation;

namespace Sos.Api.Workflows;

/// <summary>A workflow.</summary>
public sealed record WorkflowAnswer
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

    /// <summary>The latest version's definition; left out of lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Definition { get; init; }

    /// <summary>What an import could not keep; left out where there is nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ImportWarning>? Warnings { get; init; }

    /// <summary>Where to go from here.</summary>
    public required WorkflowLinks Links { get; init; }

    internal static WorkflowAnswer Of(Workflow workflow, JsonElement? definition = null) => new()
    {
        Id = workflow.Id,
        Name = workflow.Name,
        Description = workflow.Description,
        Version = workflow.Version,
        CreatedAt = workflow.CreatedAt,
        UpdatedAt = workflow.UpdatedAt,
        Definition = definition,
        Links = new WorkflowLinks(
            $"/api/v1/workflows/{workflow.Id}", $"/api/v1/workflows/{workflow.Id}/versions", $"/api/v1/workflows/{workflow.Id}/executions"),
    };
}

/// <summary>Addresses of a workflow.</summary>
/// <param name="Self">The workflow.</param>
/// <param name="Versions">Its versions.</param>
/// <param name="Executions">POST here to run it.</param>
public sealed record WorkflowLinks(string Self, string Versions, string Executions);

/// <summary>What is wrong with a definition.</summary>
/// <param name="Valid">Whether it can be saved and run.</param>
/// <param name="Problems">Everything that is wrong, in the order of the document.</param>
/// <param name="Warnings">What an import from another shape could not keep; left out where there is nothing.</param>
public sealed record ValidationAnswer(
    bool Valid,
    IReadOnlyList<DefinitionProblem> Problems,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ImportWarning>? Warnings);
