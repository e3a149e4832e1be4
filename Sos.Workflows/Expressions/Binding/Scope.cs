namespace Sos.Workflows.Expressions.Binding;

/// <summary>The variables that macros introduce, each with its slot in an evaluation's local variables.</summary>
internal sealed class Scope(Scope? parent, string name, int slot)
{
    internal static int? Find(Scope? scope, string name)
    {
        for (; scope is not null; scope = scope.Parent)
        {
            if (scope.Name == name) return scope.Slot;
        }

        return null;
    }

    private Scope? Parent { get; } = parent;

    private string Name { get; } = name;

    private int Slot { get; } = slot;
}
