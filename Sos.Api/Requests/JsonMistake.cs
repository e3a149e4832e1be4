using System.Globalization;
using System.Text;
using System.Text.Json;
using Sos.Api.Problems;
using Sos.Workflows.Json;

namespace Sos.Api.Requests;

/// <summary>Says what a <see cref="JsonException"/> found, where, in a JSON pointer and the product's words.</summary>
internal static class JsonMistake
{
    public static ProblemException Explain(JsonException e)
    {
        var pointer = Pointer(e.Path);
        var position = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
        // The serializer tells kinds of mistakes apart only in its messages; a test holds us to them.
        var (code, message) = e.Message switch
        {
            var m when m.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) => ("unknown_property", $"The property at {pointer} is not known here."),
            var m when m.Contains("Duplicate property", StringComparison.Ordinal) => ("duplicate_property", $"A property at {Or(pointer)} is there twice, the second time at {position}."),
            var m when m.Contains("missing required properties", StringComparison.Ordinal) => ("missing_property", $"{Upper(Or(pointer))} lacks {Names(m)}."),
            var m when m.Contains("could not be converted", StringComparison.Ordinal) || m.Contains("doesn't allow null", StringComparison.Ordinal)
                => ("wrong_type", $"The value at {Or(pointer)} has the wrong type or is not one of the allowed values."),
            var m => ("invalid_json", $"The body is not valid JSON at {position}: {FirstSentence(m)}"),
        };
        return ProblemCatalog.Invalid(code, message, [new JsonProblem(pointer, code, message)]);
    }

    /// <summary><c>$.nodes[0]['a b']</c> as <c>/nodes/0/a b</c>.</summary>
    internal static string Pointer(string? path)
    {
        if (path is null or "$")
            return "";
        var pointer = new StringBuilder();
        for (var i = 1; i < path.Length;)
        {
            var (start, end, next) = path[i] switch
            {
                '.' => (i + 1, EndOfName(path, i + 1), EndOfName(path, i + 1)),
                '[' when path.AsSpan(i).StartsWith("['") => (i + 2, path.IndexOf("']", i, StringComparison.Ordinal), path.IndexOf("']", i, StringComparison.Ordinal) + 2),
                '[' => (i + 1, path.IndexOf(']', i), path.IndexOf(']', i) + 1),
                _ => (i, path.Length, path.Length),
            };
            if (end < start || next <= i)
                break;
            pointer.Append('/').Append(path[start..end].Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
            i = next;
        }
        return pointer.ToString();

        static int EndOfName(string text, int from)
        {
            var end = text.AsSpan(from).IndexOfAny('.', '[');
            return end < 0 ? text.Length : from + end;
        }
    }

    private static string Or(string pointer) => pointer.Length == 0 ? "the top" : pointer;

    private static string Upper(string text) => text == "the top" ? "The body" : text;

    private static string Names(string message)
    {
        var colon = message.LastIndexOf(':', message.IndexOf(" Path:", StringComparison.Ordinal) is var path and > 0 ? path : message.Length - 1);
        return colon < 0 ? "a required property" : message[(colon + 1)..].Split(" Path:")[0].Trim().TrimEnd('.');
    }

    private static string FirstSentence(string message) => message.Split(" Path:")[0].Split(". ")[0].TrimEnd('.') + ".";
}
