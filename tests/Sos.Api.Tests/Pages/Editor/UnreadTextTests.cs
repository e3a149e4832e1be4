using Sos.Api.Pages.Editor;
using Sos.Api.Pages.Forms;
using Sos.Api.Workflows;
using Sos.Executors.Nodes;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Api.Tests.Pages.Editor;

/// <summary>What was typed and is no value yet.</summary>
public sealed class UnreadTextTests
{
    private const string Mistake = "Line 1, column 2: '}' is wrong.";

    private static readonly NodeCatalog Catalog = new(BuiltInNodes.Types);

    private static EditorDocument Document => EditorDocument.Parse("""
        { "name": "w",
          "nodes": [
            { "id": "a", "type": "transform", "config": { "value": { "x": 1 } } },
            { "id": "b", "type": "http", "config": { "url": "{{ steps.a.x }}", "json": "{{ steps.a }}", "multipart": [ { "name": "p" }, { "name": "q" } ] } },
            { "id": "each", "type": "foreach", "config": { "items": [], "body": { "nodes": [ { "id": "inner", "type": "transform", "config": { "value": 1 } } ] } } } ],
          "edges": [ { "from": "a", "to": "b" } ] }
        """, Catalog, out _)!;

    [Fact]
    public void The_value_stays_and_the_text_is_a_problem_where_the_value_is()
    {
        var document = Document.Keep("inner", "/config/value", "{]", Mistake);

        Assert.Equal(Document.Text, document.Text);
        var problem = Assert.Single(UnreadProblems.With(document, []));
        Assert.Equal(("/nodes/2/config/body/nodes/0/config/value", UnreadProblems.Code, Mistake), (problem.Pointer, problem.Code, problem.Message));
        Assert.Equal("'value' of the node 'inner'", UnreadProblems.PlaceOf(document.Unread.All[0]));
    }

    [Fact]
    public void What_is_wrong_with_the_value_that_is_about_to_go_is_not_said()
    {
        var document = Document.Keep("a", "/config/value", "{]", Mistake);
        DefinitionProblem[] found = [new("/nodes/0/config/value/x", "c", "of the value"), new("/nodes/0/config/valued", "c", "of another"), new("/nodes/1", "c", "of another node")];
        Assert.Equal([Mistake, "of another", "of another node"], UnreadProblems.With(document, found).Select(p => p.Message));
    }

    [Fact]
    public void Other_changes_let_it_stand_and_its_own_field_ends_it()
    {
        var document = Document.Keep("a", "/config/value", "{]", Mistake).Keep("b", "/config/multipart/1/name", "x", Mistake).Add(GraphScope.Workflow, "http", default).Document;
        Assert.Equal(2, document.Unread.All.Count);

        Assert.Equal("b", Assert.Single(document.Set("a", "/config/value", 7).Unread.All).Owner);
        Assert.Equal("b", Assert.Single(document.Unset("a", "/config/value").Unread.All).Owner);
        Assert.Equal("b", Assert.Single(document.Delete(GraphScope.Workflow, new HashSet<string> { "a" }, new HashSet<int>()).Unread.All).Owner);
        Assert.Equal("/config/multipart/0/name", document.Unset("b", "/config/multipart/0").Unread.All[1].Pointer);
        Assert.Equal("a", Assert.Single(document.Unset("b", "/config/multipart/1").Unread.All).Owner);
        Assert.Same(document, document.Forget("a", "/config/other"));
    }

    [Fact]
    public void A_field_without_a_value_is_emptied_too()
    {
        var document = Document.Keep("b", "/config/headers", "{", Mistake);
        Assert.Empty(document.Unset("b", "/config/headers").Unread.All);
        Assert.Equal(Document.Text, document.Unset("b", "/config/headers").Text);
    }

    [Fact]
    public void It_goes_along_with_another_id_also_where_its_value_names_the_node()
    {
        var document = Document.Keep("a", "/config/value", "{]", Mistake).Keep("b", "/config/json", "{", Mistake).Rename("a", "c");
        Assert.Equal(["c", "b"], document.Unread.All.Select(t => t.Owner));
        Assert.Equal("\"{{ steps.c }}\"", document.Unread.All[1].Former!.ToJsonString(EditorDocument.Indented));
    }

    [Fact]
    public void The_text_of_the_definition_keeps_what_it_does_not_speak_against()
    {
        var typed = Document.Keep("a", "/config/value", "{]", Mistake).Keep("", "", "{ \"name\": ", Mistake).Unread;
        Assert.Equal(2, typed.All.Count);
        Assert.Equal("a", Assert.Single(EditorDocument.Parse(Document.Text.Replace("\"w\"", "\"v\"", StringComparison.Ordinal), Catalog, out _)!.Keeping(typed).Unread.All).Owner);
        Assert.Empty(EditorDocument.Parse(Document.Text.Replace("\"x\": 1", "\"x\": 2", StringComparison.Ordinal), Catalog, out _)!.Keeping(typed).Unread.All);
    }

    [Fact]
    public void It_is_undone_and_done_again_with_the_letters_of_its_field()
    {
        var state = new EditorState(Catalog, new DefinitionInput(new WorkflowValidator(Catalog)));
        state.Open(Document, isSaved: true);
        state.Apply(state.Document.Set("a", "/config/value", 12), "a/value");
        state.Apply(state.Document.Keep("a", "/config/value", "12x", Mistake), "a/value");
        Assert.True(state.IsDirty);
        Assert.Equal("12x", state.Unread!.Text);
        Assert.Single(state.ProblemsAt("/nodes/0"));

        state.Undo();
        Assert.Null(state.Unread);
        Assert.False(state.IsDirty);
        Assert.Empty(state.Problems);

        state.Redo();
        Assert.Equal("12x", state.Unread!.Text);
        state.Apply(state.Document.Forget("a", "/config/value"));
        Assert.Equal("12", state.Document.Find("a")!["config"]!["value"]!.ToJsonString());
    }

    [Fact]
    public void Lines_and_columns_count_from_the_beginning_of_what_was_typed()
    {
        var field = SchemaField.Of("value", default, "/value");
        Assert.StartsWith("Line 3, column 5: ", field.Read("\n  \n  1 2", out _), StringComparison.Ordinal);
        Assert.Null(field.Read("\u00a0\n[1]\u00a0", out var value));
        Assert.Equal("[1]", value!.ToJsonString());
    }
}
