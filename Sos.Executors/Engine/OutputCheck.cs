using System.Runtime.InteropServices;
using System.Text.Json;
using Sos.Executors.Nodes;
using Sos.Workflows.Json;

namespace Sos.Executors.Engine;

/// <summary>
/// Makes what nodes and expressions give storable: characters that PostgreSQL's <c>jsonb</c> can't hold become U+FFFD;
/// what is too large or too deep fails the node instead of the checkpoint.
/// </summary>
internal static class OutputCheck
{
    /// <summary>Checks an output and replaces it by what can be stored.</summary>
    /// <param name="output">The output.</param>
    /// <param name="what">What it is, as the beginning of a sentence.</param>
    /// <param name="maxBytes">The most bytes that it may have.</param>
    /// <returns>Why it can't be kept; null where it can.</returns>
    public static NodeError? Check(ref JsonElement output, string what, int maxBytes)
    {
        var bytes = JsonMarshal.GetRawUtf8Value(output).Length;
        if (bytes > maxBytes)
            return new NodeError("output_too_large", $"{what} has {bytes:N0} bytes of JSON; at most {maxBytes:N0} are kept. Select what is needed, or write it to a file.");
        output = StorableJson.Clean(output);
        var problems = StorableJson.Check(output, Limits);
        return problems.Count == 0
            ? null
            : new NodeError("output_not_storable", $"{what} can't be stored, at '{problems[0].Pointer}': {problems[0].Message}");
    }

    // The size is checked above, by the executor's own setting.
    private static readonly StorableJsonLimits Limits = new() { MaxBytes = int.MaxValue, MaxProblems = 1 };
}
