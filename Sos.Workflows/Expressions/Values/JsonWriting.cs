using System.Globalization;
using System.Text.Json;
using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Values;

/// <summary>Writes CEL values as JSON, within bounds.</summary>
internal readonly struct JsonWriting(Utf8JsonWriter writer, CelLimits limits)
{
    internal const int DeepestValue = 512;

    internal static readonly JsonDocumentOptions ParseOptions = new() { MaxDepth = DeepestValue };

    internal void Write(in CelValue value)
    {
        var path = new Stack<string>();
        Write(value, path);
    }

    private void Write(in CelValue value, Stack<string> path)
    {
        if (writer.BytesCommitted + writer.BytesPending > limits.MaxResultBytes)
            throw Fail(CelErrorCodes.Limit, EvaluationState.TooLarge(limits.MaxResultBytes));
        if (value.IsJson)
        {
            JsonText.Write(value.Json, writer);
            return;
        }

        switch (value.Type)
        {
            case CelType.Null:
                writer.WriteNullValue();
                break;
            case CelType.Bool:
                writer.WriteBooleanValue(value.IsTrue);
                break;
            case CelType.Int:
                writer.WriteNumberValue(value.IntBits);
                break;
            case CelType.UInt:
                writer.WriteNumberValue(value.UIntBits);
                break;
            case CelType.Double when double.IsFinite(value.DoubleBits):
                writer.WriteNumberValue(value.DoubleBits);
                break;
            case CelType.Double:
                throw NotJson(path, $"is {Numbers.ToText(value.DoubleBits)}, which is not a JSON number");
            case CelType.String:
                writer.WriteStringValue(value.Text);
                break;
            case CelType.Bytes:
                writer.WriteBase64StringValue(value.BytesArray);
                break;
            case CelType.Timestamp or CelType.Duration:
                writer.WriteStringValue(value.ToText());
                break;
            case CelType.Type:
                throw NotJson(path, $"is the type '{value.TypeName}'; types are not JSON values");
            case CelType.Optional:
                Write(value.TryUnwrap(out var inner) ? inner : CelValue.Null, path);
                break;
            case CelType.List:
                WriteList(value, path);
                break;
            default:
                WriteMap(value, path);
                break;
        }
    }

    private void WriteList(in CelValue list, Stack<string> path)
    {
        Enter(path);
        writer.WriteStartArray();
        var items = new ListCursor(list);
        for (var i = 0; items.TryNext(out var item); i++)
        {
            path.Push(string.Create(CultureInfo.InvariantCulture, $"[{i}]"));
            Write(item, path);
            path.Pop();
        }

        writer.WriteEndArray();
    }

    private void WriteMap(in CelValue map, Stack<string> path)
    {
        Enter(path);
        writer.WriteStartObject();
        HashSet<string>? names = Array.Exists(map.MapObject.Keys, key => key.Type != CelType.String) ? [] : null;
        var entries = new MapCursor(map);
        while (entries.TryNext(out var key, out var value))
        {
            var name = key.ToText();
            if (names?.Add(name) == false) throw NotJson(path, $"has two keys that read \"{name}\" in JSON");
            writer.WritePropertyName(name);
            path.Push($".{name}");
            Write(value, path);
            path.Pop();
        }

        writer.WriteEndObject();
    }

    private static void Enter(Stack<string> path)
    {
        if (path.Count >= DeepestValue - 1) throw NotJson(path, $"is nested more than {DeepestValue} levels deep");
    }

    private static CelException NotJson(Stack<string> path, string what)
    {
        var place = string.Concat(path.Reverse().Take(20)).TrimStart('.');
        return Fail(CelErrorCodes.NotJson, $"The result{(place.Length == 0 ? "" : $" at '{place}'")} {what}.");
    }

    private static CelException Fail(string code, string message) => new(new CelError(code, message, 0, 1, 1));
}
