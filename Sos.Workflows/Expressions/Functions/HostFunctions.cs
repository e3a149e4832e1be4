namespace Sos.Workflows.Expressions.Functions;

/// <summary>What an expression takes from its surroundings.</summary>
internal static class HostFunctions
{
    internal const string Now = "now";

    internal static IEnumerable<Function> All =>
    [
        new(Now, "now()", false, 0, (Function0)((ref state, call) => state.Now)),
        new("uuid", "uuid()", false, 0, (Function0)((ref state, call) => CelValue.From(state.NewUuid().ToString()))),
    ];
}
