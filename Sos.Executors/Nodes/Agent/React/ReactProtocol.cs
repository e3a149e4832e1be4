using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Sos.Executors.Nodes.Agent.Tools;

namespace Sos.Executors.Nodes.Agent.React;

/// <summary>
/// Tool calls in words, for models whose provider has no tool calling: the model writes a thought and an action, is
/// shown an observation, and so on until its final answer (Yao et al., “ReAct”, 2022).
/// </summary>
internal static partial class ReactProtocol
{
    /// <summary>Where the model stops, since what follows is not its to write.</summary>
    public const string Observation = "Observation:";

    /// <summary>The rules of the game, for the system message.</summary>
    public static string Describe(AgentToolbox toolbox)
    {
        if (toolbox.Tools.Count == 0)
            return "Write your answer as:\nFinal Answer: <the answer>";
        var text = new StringBuilder("You can use these tools:\n");
        foreach (var tool in toolbox.Tools)
            text.Append(CultureInfo.InvariantCulture, $"- {tool.Name}: {tool.Description}\n  Arguments, as a JSON object that satisfies: {tool.Parameters.GetRawText()}\n");
        text.Append("""

            To use a tool, write exactly this and then stop:
            Thought: <why>
            Action: <the tool's name>
            Action Input: <the arguments, as one JSON object>

            You are then shown a line "Observation: <the result>". When you know the answer, write:
            Final Answer: <the answer>
            """);
        return text.ToString();
    }

    /// <summary>Reads an answer of the model.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="key">The place of a tool call in the run.</param>
    public static ReactTurn Read(string text, string key)
    {
        // Some models go on and make the observation up themselves.
        var cut = text.IndexOf(Observation, StringComparison.Ordinal);
        if (cut >= 0)
            text = text[..cut];
        var action = Action().Match(text);
        var final = Final().Match(text);
        if (final.Success && (!action.Success || final.Index < action.Index))
            return new ReactTurn(text, final.Groups["answer"].Value.Trim(), null);
        if (!action.Success)
        {
            // A model that ignores the form has answered.
            return new ReactTurn(text, text.Trim(), null);
        }
        var name = action.Groups["name"].Value.Trim().Trim('`', '"', '\'');
        var (arguments, problem) = Arguments(text[(action.Index + action.Length)..]);
        return new ReactTurn(text, null, new ToolCall { Id = key, Key = key, Name = name, Arguments = arguments, Problem = problem });
    }

    /// <summary>A tool's result as the model is shown it.</summary>
    public static ChatMessage Observe(string result) => new(ChatRole.User, $"{Observation} {result}");

    private static (JsonElement, string?) Arguments(string text)
    {
        var label = Input().Match(text);
        var from = text.IndexOf('{', label.Success ? label.Index + label.Length : 0);
        if (from < 0)
            return (Nothing, label.Success && text[(label.Index + label.Length)..].Trim().Length > 0 ? "The action's input is not a JSON object." : null);
        try
        {
            // Whatever stands behind the object is passed over.
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text[from..]));
            return (JsonElement.ParseValue(ref reader), null);
        }
        catch (JsonException e)
        {
            return (Nothing, $"The action's input is not JSON: {e.Message}");
        }
    }

    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    [GeneratedRegex(@"^[ \t*]*Action[ \t*]*:[ \t*]*(?<name>[^\r\n]+)", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Action();

    [GeneratedRegex(@"Action[ \t]*Input[ \t*]*:", RegexOptions.IgnoreCase)]
    private static partial Regex Input();

    [GeneratedRegex(@"^[ \t*]*Final[ \t]*Answer[ \t*]*:(?<answer>.*)", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Final();
}

/// <summary>One answer of a model that follows the protocol.</summary>
/// <param name="Text">What it wrote, up to where it should have stopped.</param>
/// <param name="Answer">Its final answer; null while it is at work.</param>
/// <param name="Call">The tool it wants called; null when it has answered.</param>
internal sealed record ReactTurn(string Text, string? Answer, ToolCall? Call);
