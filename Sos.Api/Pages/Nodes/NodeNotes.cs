using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Api.Pages.Workflows;

namespace Sos.Api.Pages.Nodes;

/// <summary>What <c>docs/nodes.md</c> says of a node type beside its config, which the schema tells: an example, the output, the errors, and the rest.</summary>
internal sealed partial class NodeNotes
{
    private static readonly Lazy<string> Page = new(() =>
    {
        using var stream = typeof(NodeNotes).Assembly.GetManifestResourceStream("docs:nodes") ?? throw new InvalidOperationException("The program lacks its page of nodes.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    });

    private readonly List<NoteBlock> output = [];
    private readonly List<NoteBlock> errors = [];
    private readonly List<NoteBlock> more = [];

    private NodeNotes() { }

    /// <summary>A node as a definition has it; null for none.</summary>
    public string? Example { get; private set; }

    /// <summary>What it gives.</summary>
    public IReadOnlyList<NoteBlock> Output => output;

    /// <summary>How it fails.</summary>
    public IReadOnlyList<NoteBlock> Errors => errors;

    /// <summary>What else there is to know.</summary>
    public IReadOnlyList<NoteBlock> More => more;

    /// <summary>What the page says of a type; null where it says nothing.</summary>
    public static NodeNotes? Of(string type)
    {
        var start = Page.Value.IndexOf($"\n## `{type}`\n", StringComparison.Ordinal);
        if (start < 0)
            return null;
        start = Page.Value.IndexOf('\n', start + 1) + 1;
        var end = Page.Value.IndexOf("\n## ", start, StringComparison.Ordinal);
        return Read(end < 0 ? Page.Value[start..] : Page.Value[start..end]);
    }

    /// <summary>Sorts a section's blocks by the bold words that they begin with.</summary>
    internal static NodeNotes Read(string section)
    {
        var notes = new NodeNotes();
        var into = notes.more;
        foreach (var block in Blocks(section))
        {
            switch (block)
            {
                case NoteBlock.Code { Language: "json" } example:
                    notes.Example = DefinitionText.Of(JsonElement.Parse(example.Text));
                    continue;
                case NoteBlock.Table { Header: ["Config", ..] }:
                    continue;
                case NoteBlock.Paragraph { Text: var text } when text.StartsWith("**", StringComparison.Ordinal):
                    into = text.StartsWith("**Output", StringComparison.Ordinal) ? notes.output : text.StartsWith("**Errors", StringComparison.Ordinal) ? notes.errors : notes.more;
                    break;
            }
            into.Add(block is NoteBlock.Paragraph { Text: var begun } ? new NoteBlock.Paragraph(Title().Replace(begun, "", 1)) : block);
        }
        notes.output.RemoveAll(IsEmpty);
        notes.errors.RemoveAll(IsEmpty);
        return notes;

        static bool IsEmpty(NoteBlock block) => block is NoteBlock.Paragraph { Text: "" };
    }

    private static IEnumerable<NoteBlock> Blocks(string section)
    {
        var lines = section.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                var code = new StringBuilder();
                var language = lines[i][3..];
                while (++i < lines.Length && !lines[i].StartsWith("```", StringComparison.Ordinal))
                    code.Append(code.Length > 0 ? "\n" : "").Append(lines[i]);
                yield return new NoteBlock.Code(language, code.ToString());
            }
            else if (lines[i].StartsWith('|'))
            {
                var header = Cells(lines[i]);
                var rows = new List<IReadOnlyList<string>>();
                for (i += 2; i < lines.Length && lines[i].StartsWith('|'); i++)
                    rows.Add(Cells(lines[i]));
                yield return new NoteBlock.Table(header, rows);
            }
            else if (lines[i].Length > 0)
            {
                yield return new NoteBlock.Paragraph(lines[i]);
            }
        }
    }

    // A bar in code is no border.
    private static List<string> Cells(string line)
    {
        var cells = new List<string>();
        var (start, inCode) = (1, false);
        for (var i = 1; i < line.Length; i++)
        {
            inCode ^= line[i] == '`';
            if (line[i] != '|' || inCode || line[i - 1] == '\\')
                continue;
            cells.Add(line[start..i].Trim().Replace("\\|", "|", StringComparison.Ordinal));
            start = i + 1;
        }
        return cells;
    }

    // The heading that its place on the page replaces.
    [GeneratedRegex(@"^\*\*(?:Output|Errors)[:.]?\*\*[:.,]?\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Title();
}

/// <summary>A part of a page.</summary>
public abstract record NoteBlock
{
    private NoteBlock() { }

    /// <summary>Some sentences.</summary>
    /// <param name="Text">Their Markdown.</param>
    public sealed record Paragraph(string Text) : NoteBlock;

    /// <summary>Code.</summary>
    /// <param name="Language">What it is written in; empty where nothing is said.</param>
    /// <param name="Text">The code.</param>
    public sealed record Code(string Language, string Text) : NoteBlock;

    /// <summary>A table.</summary>
    /// <param name="Header">The columns' titles.</param>
    /// <param name="Rows">The cells, as Markdown.</param>
    public sealed record Table(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows) : NoteBlock;
}
