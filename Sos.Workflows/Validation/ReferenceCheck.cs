using Sos.Workflows.Expressions;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Workflows.Validation;

/// <summary>Checks that what an expression reads exists where it stands, and that the nodes it names have run before.</summary>
internal sealed class ReferenceCheck(Dictionary<string, NodeDraft> nodesById, ProblemList problems)
{
    private static readonly string[] Variables = ["input", "steps", "execution"];
    private static readonly string[] BodyVariables = ["input", "steps", "execution", "item", "index"];
    private static readonly string[] ExecutionFields = ["id", "workflowId", "startedAt", "attempt", "trigger"];

    public void Check(IReadOnlyList<TemplateReference> references, string pointer, Place place)
    {
        // The same name twice in a field is one mistake.
        foreach (var (field, reference) in references.DistinctBy(r => (r.Pointer, r.Reference.Root, r.Reference.Path.ElementAtOrDefault(1))))
        {
            if (Problem(reference.Path, place) is { } problem)
                problems.Add(pointer + field, problem.Code, problem.Message);
        }
    }

    private (string Code, Func<string> Message)? Problem(IReadOnlyList<string> path, Place place) => path[0] switch
    {
        "input" => null,
        "steps" => path.Count > 1 ? StepProblem(path[1], place) : null,
        "execution" when path.Count > 1 && !ExecutionFields.Contains(path[1], StringComparer.Ordinal) => (
            ProblemCodes.UnknownVariable,
            () => $"'execution' has no '{path[1]}', only {JsonWords.And(ExecutionFields)}.{problems.DidYouMean(path[1], ExecutionFields)}"),
        "execution" => null,
        "item" or "index" when place.Graph.Owner is not null => null,
        "item" or "index" => (ProblemCodes.UnknownVariable, () => $"'{path[0]}' exists only inside the body of a foreach."),
        NodeType.ToolArguments when place.IsTool => null,
        NodeType.ToolArguments => (ProblemCodes.UnknownVariable, () => $"'{NodeType.ToolArguments}' exists only in the tools of an agent."),
        "secrets" => (
            ProblemCodes.SecretsNotAvailable,
            () => "Expressions can't read secrets. Name a credential in the node's config instead, where its type takes one."),
        "env" => (
            ProblemCodes.EnvironmentNotAvailable,
            () => "Expressions can't read the environment. Pass the value in the execution's input."),
        var name => (ProblemCodes.UnknownVariable, () => $"There is no variable '{name}'.{SuggestVariable(name, place)}"),
    };

    private (string, Func<string>)? StepProblem(string id, Place place)
    {
        if (!nodesById.TryGetValue(id, out var target))
            return (ProblemCodes.UnknownStep, () => $"There is no node '{id}'.{problems.DidYouMean(id, nodesById.Keys)}");
        // The node in the target's graph that the expression belongs to, directly or through the bodies around it.
        var (graph, node) = (place.Graph, place.Node);
        while (graph != target.Graph && graph.Owner is { } owner)
            (graph, node) = (owner.Graph, owner);
        if (graph != target.Graph)
            return (ProblemCodes.ReferenceIntoBody, () => IntoBody(target, place));
        if (node is null || graph.Order is not { Cycles.Count: 0 } order || order.IsBefore(target.Index, node.Index))
            return null;
        return (ProblemCodes.UnreachableReference, () => node == target ? OwnOutput(target, place) : NotBefore(target, node, order));
    }

    private static string OwnOutput(NodeDraft target, Place place) => place.Node == target
        ? $"The node '{target.Id}' can't read its own output: it has none before it has run."
        : $"'{target.Id}' runs this body and has no output before all its items are done. Inside the body use 'item' and 'index'.";

    private static string NotBefore(NodeDraft target, NodeDraft node, GraphOrder order)
    {
        if (order.IsBefore(node.Index, target.Index))
            return $"'{target.Id}' runs after {node.Label}: {Way(node.Index, target.Index)}. A node can read only what has run before it.";
        var common = order.LastCommonAncestor(target.Index, node.Index) is { } fork
            ? $" ({Way(fork, target.Index)} beside {Way(fork, node.Index)})"
            : "";
        return $"'{target.Id}' runs in parallel with {node.Label}: no edges lead from it to {node.Label}{common}. Add an edge between them.";

        string Way(int from, int to) => EdgeCheck.Path(node.Graph, order.Path(from, to)!);
    }

    private static string IntoBody(NodeDraft target, Place place)
    {
        // The outermost body that the expression is not in itself.
        var around = place.Graph.WithOwners().ToHashSet();
        var owner = target.Graph.Owner!;
        while (!around.Contains(owner.Graph))
            owner = owner.Graph.Owner!;
        return $"'{target.Id}' runs in the body of {owner.Label}, once per item, so it has no single output here. Use 'steps.{owner.Id}.results', which has every item's.";
    }

    private string SuggestVariable(string name, Place place)
    {
        var known = place.Graph.Owner is null ? Variables : BodyVariables;
        var suggestion = problems.DidYouMean(name, known);
        return suggestion.Length > 0 ? suggestion : $" There are {JsonWords.And(known)}.";
    }
}
