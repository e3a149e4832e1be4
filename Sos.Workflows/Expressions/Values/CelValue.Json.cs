using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions;

public readonly partial struct CelValue
{
    /// <summary>Text is for people and JSON parsers, not for HTML, so only what JSON itself requires is escaped.</summary>
    internal static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = JsonWriting.DeepestValue };

    /// <summary>
    /// A JSON value, read in place. A number without fraction and exponent that fits into 64 bits is an int, any other
    /// a double.
    /// </summary>
    public static CelValue FromJson(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                return new CelValue(CelType.Map, json);
            case JsonValueKind.Array:
                return new CelValue(CelType.List, json);
            case JsonValueKind.String:
                return new CelValue(CelType.String, json);
            case JsonValueKind.Number:
                return json.TryGetInt64(out var whole)
                    ? new CelValue(CelType.Int, json, whole)
                    : FromJsonDouble(json);
            case JsonValueKind.True:
                return From(true);
            case JsonValueKind.False:
                return From(false);
            default:
                return default;
        }
    }

    private static CelValue FromJsonDouble(JsonElement json) =>
        new(CelType.Double, json, BitConverter.DoubleToInt64Bits(json.GetDouble()));

    /// <summary>
    /// Writes the value as JSON: bytes as base64, timestamps as RFC 3339, durations as seconds (<c>"3.5s"</c>), an
    /// optional as its value or null, int, uint and bool keys as their text. What came from JSON is written as it was.
    /// </summary>
    /// <exception cref="CelException">
    /// The value, or a part of it, has no JSON form: NaN, an infinity, a type, two keys with the same text, or more than
    /// <see cref="CelLimits.MaxResultBytes"/>. The message names the part.
    /// </exception>
    public void ToJson(Utf8JsonWriter writer, CelLimits? limits = null) =>
        new JsonWriting(writer, limits ?? CelLimits.Default).Write(this);

    /// <summary>The value as JSON; of a part of a JSON document, that part itself.</summary>
    /// <exception cref="CelException">As in <see cref="ToJson"/>.</exception>
    public JsonElement ToJsonElement(CelLimits? limits = null)
    {
        if (IsJson) return _json;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions)) ToJson(writer, limits);
        return JsonElement.Parse(buffer.WrittenSpan, JsonWriting.ParseOptions);
    }

    /// <summary>
    /// The value as text in a template: strings as they are, null and an absent optional as nothing, timestamps as
    /// RFC 3339, durations as <c>3.5s</c>, bytes as base64, types by name, everything else as compact JSON.
    /// </summary>
    /// <exception cref="CelException">As in <see cref="ToJson"/>.</exception>
    public string ToText(CelLimits? limits = null)
    {
        switch (_type)
        {
            case CelType.Null:
                return "";
            case CelType.String:
                return Text;
            case CelType.Bool:
                return _bits != 0 ? "true" : "false";
            case CelType.Int or CelType.Double when IsJson:
                return _json.GetRawText();
            case CelType.Int:
                return _bits.ToString(CultureInfo.InvariantCulture);
            case CelType.UInt:
                return UIntBits.ToString(CultureInfo.InvariantCulture);
            case CelType.Double:
                return Numbers.ToText(DoubleBits);
            case CelType.Bytes:
                return Convert.ToBase64String(BytesArray);
            case CelType.Timestamp:
                return Timestamps.ToText(this);
            case CelType.Duration:
                return Durations.ToText(_bits);
            case CelType.Type:
                return TypeName;
            case CelType.Optional:
                return TryUnwrap(out var value) ? value.ToText(limits) : "";
            default:
                return ToJsonText(limits);
        }
    }

    /// <summary>The value's text, for debuggers.</summary>
    public override string ToString() => _type == CelTypes.Error ? ErrorInfo.Message : IsNull ? "null" : ToText();

    internal string ToJsonText(CelLimits? limits)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions)) ToJson(writer, limits);
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
