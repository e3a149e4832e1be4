using Sos.Workflows.Store;

namespace Sos.Api.Pages.Executions;

/// <summary>What a row of the timeline stands for.</summary>
public enum RowKind
{
    /// <summary>The whole execution.</summary>
    Execution,

    /// <summary>A step.</summary>
    Step,

    /// <summary>An item of a <c>foreach</c>.</summary>
    Item,

    /// <summary>One attempt of a step.</summary>
    Attempt,

    /// <summary>A call of a model.</summary>
    ModelCall,

    /// <summary>A call of an agent's tool.</summary>
    ToolCall,
}

/// <summary>What a stretch of a row's bar says.</summary>
public enum BarKind
{
    /// <summary>Accepted, and not yet claimed.</summary>
    Queue,

    /// <summary>Something runs.</summary>
    Run,

    /// <summary>Waits without running: a timer, an approval, a child, a pause.</summary>
    Wait,

    /// <summary>Waits for the next attempt.</summary>
    Retry,
}

/// <summary>A stretch of a row's bar.</summary>
/// <param name="From">Its begin.</param>
/// <param name="To">Its end; null while it goes on.</param>
/// <param name="Kind">What it says.</param>
public readonly record struct Bar(DateTimeOffset From, DateTimeOffset? To, BarKind Kind);

/// <summary>A row of the timeline.</summary>
public sealed record WaterfallRow
{
    /// <summary>Names the row among all rows of the execution.</summary>
    public required string Key { get; init; }

    /// <summary>What it stands for.</summary>
    public required RowKind Kind { get; init; }

    /// <summary>How deep it is indented, from 0.</summary>
    public required int Depth { get; init; }

    /// <summary>Its name.</summary>
    public required string Label { get; init; }

    /// <summary>What stands after the label in small: a type, a model, tokens.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The status's name, as for steps.</summary>
    public required string Status { get; init; }

    /// <summary>The step it is part of; null for the execution itself.</summary>
    public StepKey? Step { get; init; }

    /// <summary>The model call it is.</summary>
    public Guid? Call { get; init; }

    /// <summary>Its stretches of time, in order.</summary>
    public required IReadOnlyList<Bar> Bars { get; init; }

    /// <summary>Its duration in milliseconds; null while it goes on, and where it never ran.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>Whether rows can be folded away below it, and whether they are there.</summary>
    public bool? Expanded { get; init; }
}
