using System.Text.Json;

namespace Sos.Api.Pages.Json;

/// <summary>A mistake in a text of JSON.</summary>
/// <param name="Line">Its line, from 1; null where that is not known.</param>
/// <param name="Column">Its column, from 1.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record TextMistake(int? Line, int? Column, string Message)
{
    /// <summary>The mistake with its place.</summary>
    public override string ToString() => Line is null ? Message : $"Line {Line}, column {Column}: {Message}";

    /// <summary>What the reader found. It counts bytes, people count characters.</summary>
    public static TextMistake Of(JsonException e, string text)
    {
        var message = e.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
        if (e.LineNumber is not { } line)
            return new TextMistake(null, null, message);
        var start = 0;
        for (var i = 0; i < line && start >= 0; i++)
            start = text.IndexOf('\n', start) + 1;
        var (bytes, column) = (e.BytePositionInLine ?? 0, 0);
        for (var at = Math.Max(0, start); at < text.Length && bytes > 0 && text[at] != '\n'; at++, column++)
            bytes -= char.IsHighSurrogate(text[at]) ? 4 : char.IsLowSurrogate(text[at]) ? 0 : text[at] < 0x80 ? 1 : text[at] < 0x800 ? 2 : 3;
        return new TextMistake((int)line + 1, column + 1, message);
    }
}
