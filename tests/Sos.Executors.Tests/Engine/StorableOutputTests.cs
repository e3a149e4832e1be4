using Sos.Executors.Nodes;

namespace Sos.Executors.Tests.Engine;

/// <summary>What expressions and nodes give may be anything; what is stored is what the database can hold.</summary>
public sealed class StorableOutputTests
{
    [Theory]
    [InlineData("""{ "id": "a", "type": "transform", "config": { "value": "{{ 'x' + '\\x00' }}" } }""")]
    [InlineData("""{ "id": "a", "type": "echo", "config": { "value": "{{ 'x' + '\\x00' }}" } }""")]
    [InlineData("""{ "id": "a", "type": "foreach", "config": { "items": [1], "body": { "nodes": [ { "id": "b", "type": "transform", "config": { "value": 1 } } ], "output": "{{ 'x' + '\\x00' }}" } } }""")]
    public async Task A_null_character_made_by_an_expression_is_stored_as_its_replacement(string node)
    {
        await using var engine = await EngineHost.StartAsync(TestNode.Echo());
        var row = await engine.EndAsync(await engine.StartAsync($$"""{ "name": "nul", "nodes": [ {{node}} ] }"""));
        Assert.Equal("completed", row.Status);
        Assert.Contains("x\uFFFD", row.Output!.Value.GetRawText().Replace("\\ufffd", "\uFFFD", StringComparison.OrdinalIgnoreCase), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_null_character_in_an_error_or_in_the_executions_output_does_no_harm()
    {
        await using var engine = await EngineHost.StartAsync();
        var failed = await engine.EndAsync(await engine.StartAsync("""
            { "name": "error", "nodes": [ { "id": "a", "type": "fail", "config": { "message": "{{ 'x' + '\\x00' }}" } } ] }
            """));
        Assert.Equal(("failed", "x\uFFFD"), (failed.Status, failed.Error!.Value.GetProperty("message").GetString()));

        var completed = await engine.EndAsync(await engine.StartAsync("""
            { "name": "output", "nodes": [ { "id": "a", "type": "transform", "config": { "value": 1 } } ], "output": "{{ 'y' + '\\x00' }}" }
            """));
        Assert.Equal(("completed", "y\uFFFD"), (completed.Status, completed.Output!.Value.GetString()));
    }

    [Fact]
    public async Task An_output_nested_without_end_fails_its_node()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 200)) + string.Concat(Enumerable.Repeat("]", 200));
        var node = new TestNode("deep", (_, _) => new(new NodeOutcome.Completed(System.Text.Json.JsonElement.Parse(deep, new System.Text.Json.JsonDocumentOptions { MaxDepth = 300 }))));
        await using var engine = await EngineHost.StartAsync(node);
        var row = await engine.EndAsync(await engine.StartAsync("""{ "name": "deep", "nodes": [ { "id": "a", "type": "deep" } ] }"""));
        Assert.Equal("output_not_storable", row.Error!.Value.GetProperty("code").GetString());
    }

    [Fact]
    public async Task What_a_foreach_collects_and_what_a_workflow_gives_are_held_to_the_same_size()
    {
        await using var engine = await EngineHost.CreateAsync();
        await engine.StartExecutorAsync(o => o.MaxOutputBytes = 4_096);
        var collected = await engine.EndAsync(await engine.StartAsync("""
            { "name": "collect", "nodes": [ { "id": "a", "type": "foreach", "config": { "items": [1, 2, 3], "body": {
                "nodes": [ { "id": "b", "type": "transform", "config": { "value": "{{ input.text }}" } } ] } } } ] }
            """, $$"""{ "text": "{{new string('x', 2_000)}}" }"""));
        Assert.Equal(("failed", "output_too_large", "a"), (collected.Status, collected.Error!.Value.GetProperty("code").GetString(), collected.Error.Value.GetProperty("nodeId").GetString()));

        var given = await engine.EndAsync(await engine.StartAsync("""
            { "name": "give", "nodes": [ { "id": "a", "type": "transform", "config": { "value": "{{ input.text }}" } } ], "output": ["{{ steps.a }}", "{{ steps.a }}", "{{ steps.a }}"] }
            """, $$"""{ "text": "{{new string('x', 2_000)}}" }"""));
        Assert.Equal(("failed", "output_too_large"), (given.Status, given.Error!.Value.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_childs_input_must_fit_its_schema()
    {
        await using var engine = await EngineHost.StartAsync();
        await engine.SaveAsync("""
            { "name": "child", "inputSchema": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } },
              "nodes": [ { "id": "a", "type": "transform", "config": { "value": "{{ input.id }}" } } ] }
            """);
        var row = await engine.EndAsync(await engine.StartAsync("""
            { "name": "parent", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "child", "input": { "id": "seven" } } } ] }
            """));
        Assert.Equal("child_failed", row.Error!.Value.GetProperty("code").GetString());
        Assert.Equal("invalid_input", row.Error.Value.GetProperty("details").GetProperty("error").GetProperty("code").GetString());

        var fits = await engine.EndAsync(await engine.StartAsync("""
            { "name": "parent 2", "nodes": [ { "id": "call", "type": "workflow", "config": { "workflow": "child", "input": { "id": 7 } } } ] }
            """));
        Assert.True(fits.Status == "completed", fits.Error?.GetRawText());
    }
}
