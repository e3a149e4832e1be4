using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Api.Pages.Editor;
using Sos.Executors.Nodes;
using Sos.Workflows.Nodes;

namespace Sos.Api.Tests.Pages.Editor;

public sealed class EditorHistoryTests
{
    private static readonly NodeCatalog Catalog = new(BuiltInNodes.Types);
    private static readonly string[] Types = ["http", "if", "switch", "foreach", "transform", "llm"];

    /// <summary>A command by a few numbers: which, and on which of the nodes there are.</summary>
    private static EditorDocument Apply(EditorDocument document, int what, int a, int b)
    {
        var scope = document.Graph(GraphScope.Workflow).Nodes.FirstOrDefault(n => n.TypeName == "foreach") is { } owner && a % 3 == 0 ? GraphScope.Workflow.Into(owner.Id) : GraphScope.Workflow;
        var graph = document.Graph(scope);
        var one = graph.Nodes.Count > 0 ? graph.Nodes[a % graph.Nodes.Count].Id : "none";
        var other = graph.Nodes.Count > 0 ? graph.Nodes[b % graph.Nodes.Count].Id : "none";
        return (what % 8) switch
        {
            0 or 1 => document.Add(scope, Types[b % Types.Length], new Point(a, b)).Document,
            2 => document.Connect(scope, one, b % 2 == 0 ? Port.Next : Port.Error, other),
            3 => document.Delete(scope, new HashSet<string> { one }, new HashSet<int> { b % 3 }),
            4 => document.Rename(one, "n" + b),
            5 => document.Set(one, "/config/value", "{{ steps." + other.Replace('-', '_') + ".x }} " + b),
            6 => EditorClipboard.Paste(document, scope, EditorClipboard.Copy(document, scope, new HashSet<string> { one, other }), new Point(b, a)).Document,
            _ => document.Move(scope, new Dictionary<string, Point> { [one] = new(a, b) }),
        };
    }

    private static Arbitrary<(int What, int A, int B)[]> Commands =>
        Gen.Choose(0, 1_000).Three().Select(t => (t.Item1, t.Item2, t.Item3)).ArrayOf().ToArbitrary();

    [Property(MaxTest = 150)]
    public Property Undoing_everything_gives_every_former_document_and_redoing_every_later_one() => Prop.ForAll(Commands, commands =>
    {
        var history = EditorHistory.Of(EditorDocument.New("w", Catalog));
        var seen = new List<EditorDocument> { history.Present };
        foreach (var (what, a, b) in commands)
        {
            var before = history.Present;
            var text = before.Text;
            history = history.Do(Apply(before, what, a, b));
            if (before.Root.ToJsonString() != EditorDocument.Parse(text, Catalog, out _)!.Root.ToJsonString())
                return false;
            if (!ReferenceEquals(history.Present, before))
                seen.Add(history.Present);
        }
        for (var i = seen.Count - 2; i >= 0; i--)
        {
            history = history.Undo();
            if (!ReferenceEquals(history.Present, seen[i]))
                return false;
        }
        for (var i = 1; i < seen.Count; i++)
        {
            history = history.Redo();
            if (!ReferenceEquals(history.Present, seen[i]))
                return false;
        }
        return !history.CanRedo;
    });

    [Property(MaxTest = 150)]
    public Property Text_and_document_say_the_same_and_ids_stay_unique() => Prop.ForAll(Commands, commands =>
    {
        var document = commands.Aggregate(EditorDocument.New("w", Catalog), (d, c) => Apply(d, c.What, c.A, c.B));
        var again = EditorDocument.Parse(document.Text, Catalog, out _)!;
        var ids = document.AllNodes(document.Root).Select(n => n.Node["id"]!.GetValue<string>()).ToList();
        return again.Text == document.Text && ids.Distinct().Count() == ids.Count;
    });

    [Fact]
    public void Letters_of_one_field_are_undone_together()
    {
        var start = EditorDocument.New("w", Catalog).Add(GraphScope.Workflow, "http", default).Document;
        var history = EditorHistory.Of(start)
            .Do(start.Set("http", "/config/url", "h"), "url")
            .Do(start.Set("http", "/config/url", "ht"), "url")
            .Do(start.Set("http", "/config/text", "x"), "text");
        Assert.Equal("ht", history.Undo().Present.Find("http")!["config"]!["url"]!.GetValue<string>());
        Assert.Same(start, history.Undo().Undo().Present);
        Assert.False(history.Undo().Undo().CanUndo);
        Assert.Same(history.Present, history.Redo().Present);
    }
}
