using System.Text.Json;
using Microsoft.Extensions.AI;
using Sos.Executors.Models.Providers.Demo;
using Sos.Workflows.Json;

namespace Sos.Executors.Tests.Models;

public sealed class DemoTests
{
    private readonly DemoChatClient demo = new("demo");

    public static TheoryData<string> Schemas =>
    [
        """{"type": "object", "properties": {"kind": {"enum": ["a", "b"]}, "n": {"type": "integer", "minimum": 5, "multipleOf": 4}}, "required": ["kind", "n"], "additionalProperties": false}""",
        """{"type": "array", "items": {"type": "string", "minLength": 3, "maxLength": 8}, "minItems": 2}""",
        """{"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}, "mail": {"type": "string", "format": "email"}, "site": {"type": "string", "format": "uri"}, "id": {"type": "string", "format": "uuid"}}, "required": ["at", "mail", "site", "id"]}""",
        """{"$defs": {"node": {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"}}, "required": ["name"]}}, "$ref": "#/$defs/node"}""",
        """{"allOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}, {"properties": {"b": {"type": ["null", "boolean"]}}, "required": ["b"]}]}""",
        """{"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 0.25}, {"type": "string"}]}""",
        """{"type": "object", "properties": {"tags": {"type": "array", "items": {"enum": ["x", "y", "z"]}, "minItems": 2, "uniqueItems": true}}, "required": ["tags"]}""",
        "true",
    ];

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task JSON_satisfies_the_schema_it_is_asked_for(string schema)
    {
        foreach (var prompt in (string[])["", "Classify 17 and 4.5 for \"Ann\" at https://example.com, please."])
        {
            var options = new ChatOptions { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse(schema)) };
            var text = (await demo.GetResponseAsync([new ChatMessage(ChatRole.User, prompt)], options)).Text;
            Assert.True(JsonSchema.FromText(schema).Evaluate(JsonElement.Parse(text)) is { IsValid: true }, $"{text} does not satisfy {schema}");
        }
    }

    [Fact]
    public async Task Each_tool_is_called_once_with_arguments_from_the_users_words_and_the_answer_tells_the_results()
    {
        AITool[] tools =
        [
            AIFunctionFactory.CreateDeclaration("add", "Adds.", JsonElement.Parse("""{"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}""")),
            AIFunctionFactory.CreateDeclaration("fetch", "Fetches.", JsonElement.Parse("""{"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}""")),
        ];
        var options = new ChatOptions { Tools = tools };
        var messages = new List<ChatMessage> { new(ChatRole.User, "Add 2 and 40, then read https://example.com/x.") };
        string[] arguments = ["""{"a":2,"b":40}""", """{"url":"https://example.com/x"}"""];
        for (var i = 0; i < 2; i++)
        {
            var response = await demo.GetResponseAsync(messages, options);
            Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
            var call = Assert.IsType<FunctionCallContent>(Assert.Single(response.Messages.Single().Contents));
            Assert.Equal((tools[i].Name, arguments[i]), (call.Name, JsonSerializer.Serialize(call.Arguments)));
            messages.AddRange(response.Messages);
            messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, $"result {i}")]));
        }
        var last = await demo.GetResponseAsync(messages, options);
        Assert.Equal(ChatFinishReason.Stop, last.FinishReason);
        Assert.StartsWith(DemoChatClient.Label, last.Text, StringComparison.Ordinal);
        Assert.Contains("add: result 0\nfetch: result 1", last.Text, StringComparison.Ordinal);

        // A new question is a new round.
        messages.AddRange(last.Messages);
        messages.Add(new ChatMessage(ChatRole.User, "Again: 1 and 2."));
        Assert.Equal(ChatFinishReason.ToolCalls, (await demo.GetResponseAsync(messages, options)).FinishReason);
    }

    [Fact]
    public async Task The_same_question_has_the_same_answer_streamed_or_not()
    {
        ChatMessage[] question = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "What is the weather like?")];
        var whole = await demo.GetResponseAsync(question);
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in demo.GetStreamingResponseAsync(question))
            updates.Add(update);
        Assert.True(updates.Count > 5);
        var streamed = updates.ToChatResponse();
        Assert.Equal((whole.Text, whole.ResponseId, whole.FinishReason), (streamed.Text, streamed.ResponseId, streamed.FinishReason));
        Assert.Equal(whole.Usage!.TotalTokenCount, streamed.Usage!.TotalTokenCount);
        Assert.Contains("What is the weather like?", whole.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("For how long may goods be sent back?", "[demo model] Goods may be sent back within 30 days. [2]")]
    [InlineData("Who wrote Faust?", "[demo model] The sources do not answer that.")]
    public async Task A_question_about_numbered_sources_is_answered_with_the_sentence_that_fits_best(string question, string answer)
    {
        var prompt = $"Sources:\n\n[1] Delivery\nWe send things by rail. Parcels take 3 days.\n\n[2] Returns › Rules\nKeep the bill. Goods may be sent back within 30 days. Food is excluded.\n\nQuestion: {question}";
        Assert.Equal(answer, (await demo.GetResponseAsync([new ChatMessage(ChatRole.User, prompt)])).Text);
    }

    [Fact]
    public async Task Sources_of_very_many_sentences_are_read_in_a_moment()
    {
        var sources = string.Concat(Enumerable.Range(0, 11_000).Select(_ => "abc def. "));
        var timer = System.Diagnostics.Stopwatch.StartNew();
        var response = await demo.GetResponseAsync([new ChatMessage(ChatRole.User, $"[1] All\n{sources}\nQuestion: abc def?")]);
        Assert.Contains("abc def. [1]", response.Text, StringComparison.Ordinal);
        Assert.True(timer.Elapsed < TimeSpan.FromSeconds(30), $"It took {timer.Elapsed}.");
    }

    [Fact]
    public async Task A_limit_is_kept()
    {
        var response = await demo.GetResponseAsync([new ChatMessage(ChatRole.User, new string('x', 1000))], new ChatOptions { MaxOutputTokens = 5 });
        Assert.Equal((ChatFinishReason.Length, 5), (response.FinishReason!.Value, (int)response.Usage!.OutputTokenCount!.Value));
    }
}
