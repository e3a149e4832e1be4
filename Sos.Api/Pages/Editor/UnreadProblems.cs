using Sos.Api.Pages.Forms;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Editor;

/// <summary>What was typed and is no value yet, as problems of the document.</summary>
internal static class UnreadProblems
{
    /// <summary>The code of these problems.</summary>
    public const string Code = "unread_text";

    /// <summary>The problems of a document with these first; what is wrong with a value that somebody is about to replace is left out.</summary>
    /// <param name="document">The document.</param>
    /// <param name="found">What is wrong with its definition.</param>
    public static IReadOnlyList<DefinitionProblem> With(EditorDocument document, IReadOnlyList<DefinitionProblem> found)
    {
        if (document.Unread.All.Count == 0)
            return found;
        var unread = document.Unread.All.Select(t => new DefinitionProblem(PointerOf(document, t), Code, t.Mistake)).ToList();
        return [.. unread, .. found.Where(p => !unread.Exists(u => u.Pointer.Length > 0 && (p.Pointer == u.Pointer || p.Pointer.StartsWith(u.Pointer + "/", StringComparison.Ordinal))))];
    }

    /// <summary>Where it is, for people.</summary>
    public static string PlaceOf(UnreadText text) => text switch
    {
        { Owner: "", Pointer: "" } => "the definition as JSON",
        { Owner: "" } => $"the workflow's '{text.Pointer[1..]}'",
        _ => $"'{text.Pointer[(text.Pointer.StartsWith("/config/", StringComparison.Ordinal) ? "/config/".Length : 1)..]}' of the node '{text.Owner}'",
    };

    private static string PointerOf(EditorDocument document, UnreadText text) => text.Owner.Length == 0
        ? text.Pointer
        : document.ScopeOf(text.Owner) is { } scope && document.Graph(scope).Find(text.Owner) is { } node ? node.Pointer + text.Pointer : "";
}
