using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sos.Workflows.Json;

/// <summary>Reads YAML as JSON: YAML 1.2's core schema, one document, without anchors, aliases and tags.</summary>
public static partial class YamlText
{
    private const int MaxDepth = 60;

    /// <summary>Reads a document; JSON is YAML too.</summary>
    /// <exception cref="FormatException">It is none, or uses what is not read; the message says where.</exception>
    public static JsonElement ToJson(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            // The parser gives events, not objects: nothing is expanded, so a small text can't become a large value.
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            using var writer = new Utf8JsonWriter(buffer);
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                throw new FormatException("The document is empty.");
            WriteNode(parser, writer, depth: 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
                throw new FormatException("There is more than one document in the text.");
        }
        catch (YamlException e)
        {
            throw new FormatException($"Line {e.Start.Line}, column {e.Start.Column}: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new FormatException("The text can't be written as JSON: " + e.Message, e);
        }
        return JsonElement.Parse(buffer.WrittenSpan, new JsonDocumentOptions { MaxDepth = MaxDepth + 4 });
    }

    private static void WriteNode(Parser parser, Utf8JsonWriter writer, int depth)
    {
        if (depth > MaxDepth)
            throw new FormatException($"{At(parser.Current!)}: values nest more than {MaxDepth} deep.");
        switch (parser.Current)
        {
            case NodeEvent { Anchor.IsEmpty: false } node:
                throw new FormatException($"{At(node)}: anchors (&{node.Anchor}) are not read; write the value where it is needed.");
            case NodeEvent { Tag.IsEmpty: false } node when !node.Tag.IsNonSpecific:
                throw new FormatException($"{At(node)}: tags ({node.Tag}) are not read.");
            case Scalar scalar:
                parser.MoveNext();
                WriteScalar(scalar, writer);
                break;
            case SequenceStart:
                parser.MoveNext();
                writer.WriteStartArray();
                while (!parser.TryConsume<SequenceEnd>(out _))
                    WriteNode(parser, writer, depth + 1);
                writer.WriteEndArray();
                break;
            case MappingStart:
                parser.MoveNext();
                WriteMapping(parser, writer, depth);
                break;
            case AnchorAlias alias:
                throw new FormatException($"{At(alias)}: aliases (*{alias.Value}) are not read; write the value where it is needed.");
            default:
                throw new FormatException($"{At(parser.Current!)}: a value was expected.");
        }
    }

    private static void WriteMapping(Parser parser, Utf8JsonWriter writer, int depth)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (parser.Current is not Scalar name)
                throw new FormatException($"{At(parser.Current!)}: a name was expected.");
            if (!names.Add(name.Value))
                throw new FormatException($"{At(name)}: '{name.Value}' is there twice.");
            parser.MoveNext();
            writer.WritePropertyName(name.Value);
            WriteNode(parser, writer, depth + 1);
        }
        writer.WriteEndObject();
    }

    private static void WriteScalar(Scalar scalar, Utf8JsonWriter writer)
    {
        var text = scalar.Value;
        if (scalar.Style != ScalarStyle.Plain)
            writer.WriteStringValue(text);
        else if (text is "" or "~" or "null" or "Null" or "NULL")
            writer.WriteNullValue();
        else if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
            writer.WriteBooleanValue(text[0] is 't' or 'T');
        else if (JsonNumber().IsMatch(text))
            writer.WriteRawValue(text);
        else if (text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex))
            writer.WriteNumberValue(hex);
        else
            writer.WriteStringValue(text);
    }

    private static string At(ParsingEvent e) => $"Line {e.Start.Line}, column {e.Start.Column}";

    [GeneratedRegex(@"^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?$")]
    private static partial Regex JsonNumber();
}
