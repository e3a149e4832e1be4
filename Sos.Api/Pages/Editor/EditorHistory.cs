using System.Collections.Immutable;

namespace Sos.Api.Pages.Editor;

/// <summary>A document with those before and after it.</summary>
internal sealed record EditorHistory
{
    private const int Depth = 200;

    private EditorHistory(EditorDocument present) => Present = present;

    /// <summary>The document as it is.</summary>
    public EditorDocument Present { get; private init; }

    /// <summary>Whether there is something to undo.</summary>
    public bool CanUndo => !Past.IsEmpty;

    /// <summary>Whether something was undone.</summary>
    public bool CanRedo => !Future.IsEmpty;

    private ImmutableList<EditorDocument> Past { get; init; } = [];

    private ImmutableStack<EditorDocument> Future { get; init; } = [];

    private string? Merge { get; init; }

    /// <summary>Begins with a document.</summary>
    public static EditorHistory Of(EditorDocument document) => new(document);

    /// <summary>Goes on with a changed document; the same one changes nothing.</summary>
    /// <param name="document">The changed document.</param>
    /// <param name="mergeKey">Changes in a row with the same key are undone together, as letters of one field are; null for a change of its own.</param>
    public EditorHistory Do(EditorDocument document, string? mergeKey = null)
    {
        if (ReferenceEquals(document, Present))
            return this;
        var joins = mergeKey is not null && mergeKey == Merge && CanUndo;
        return this with
        {
            Present = document,
            Past = joins ? Past : (Past.Count < Depth ? Past : Past.RemoveAt(0)).Add(Present),
            Future = [],
            Merge = mergeKey,
        };
    }

    /// <summary>Goes back to the former document.</summary>
    public EditorHistory Undo() => !CanUndo ? this : this with
    {
        Present = Past[^1], Past = Past.RemoveAt(Past.Count - 1), Future = Future.Push(Present), Merge = null,
    };

    /// <summary>Goes forward again.</summary>
    public EditorHistory Redo() => !CanRedo ? this : this with
    {
        Present = Future.Peek(), Past = Past.Add(Present), Future = Future.Pop(), Merge = null,
    };
}
