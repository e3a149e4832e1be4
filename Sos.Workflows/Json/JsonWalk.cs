using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sos.Workflows.Json;

/// <summary>Goes through JSON text once, token by token, and knows at any moment where it is.</summary>
internal ref struct JsonWalk
{
    // Doubles reach from 4.9e-324 to 1.8e308; PostgreSQL would write a larger exponent out as that many digits.
    private const int LowestExponent = -324;
    private const int HighestExponent = 308;

    private readonly ReadOnlySpan<byte> utf8;
    private readonly StorableJsonLimits limits;
    private readonly int maxDepth;
    private List<JsonProblem>? problems;

    public JsonWalk(ReadOnlySpan<byte> utf8, StorableJsonLimits limits)
    {
        this.utf8 = utf8;
        this.limits = limits;
        maxDepth = Math.Clamp(limits.MaxDepth, 1, 1_000);
    }

    public IReadOnlyList<JsonProblem> Check()
    {
        Span<Frame> frames = stackalloc Frame[maxDepth + 1];
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        var depth = -1;
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        depth--;
                        continue;
                    case JsonTokenType.PropertyName:
                        frames[depth].NameStart = (int)reader.TokenStartIndex + 1;
                        frames[depth].NameLength = reader.ValueSpan.Length;
                        break;
                    default:
                        if (depth >= 0)
                            frames[depth].Index++;
                        break;
                }
                CheckToken(ref reader, frames[..(depth + 1)]);
                if (problems?.Count >= limits.MaxProblems)
                    break;
                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                    continue;
                if (++depth >= maxDepth)
                {
                    Add(frames[..depth], JsonProblemCodes.TooDeep, $"Objects and arrays nest more than {maxDepth} deep here.");
                    break;
                }
                frames[depth] = new Frame { IsArray = reader.TokenType == JsonTokenType.StartArray, Index = -1, NameStart = -1 };
            }
        }
        catch (JsonException e)
        {
            Add(frames[..(depth + 1)], JsonProblemCodes.InvalidJson, $"The text is not JSON: {Reason(e)} (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}).");
        }
        return problems ?? (IReadOnlyList<JsonProblem>)[];
    }

    private void CheckToken(scoped ref Utf8JsonReader reader, scoped ReadOnlySpan<Frame> frames)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String or JsonTokenType.PropertyName when reader.ValueIsEscaped:
                var escape = JsonEscape.NextUnstorable(reader.ValueSpan, 0, limits.AllowsNull);
                if (escape < 0)
                    break;
                var where = reader.TokenType == JsonTokenType.String ? "The text" : "A property's name";
                if (JsonEscape.IsNull(reader.ValueSpan[escape..]))
                    Add(frames, JsonProblemCodes.NullCharacter, $"{where} holds the character U+0000, which can't be stored.");
                else
                    Add(frames, JsonProblemCodes.LoneSurrogate, $"{where} holds half of a surrogate pair ({Encoding.UTF8.GetString(reader.ValueSpan.Slice(escape, JsonEscape.Length))}), which is no character.");
                break;
            case JsonTokenType.Number when reader.ValueSpan.Length > limits.MaxNumberLength:
                Add(frames, JsonProblemCodes.NumberOutOfRange, $"The number has {reader.ValueSpan.Length} characters; at most {limits.MaxNumberLength} are allowed.");
                break;
            case JsonTokenType.Number when reader.ValueSpan.Length > HighestExponent || reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') >= 0:
                if (limits.MaxNumberLength < int.MaxValue && !IsInRange(reader.ValueSpan))
                    Add(frames, JsonProblemCodes.NumberOutOfRange, "The number is outside of what a double can hold, about 1e-324 to 1.8e308.");
                break;
        }
    }

    private static bool IsInRange(ReadOnlySpan<byte> number)
    {
        var read = new JsonNumber(number);
        return read.IsZero
            ? read.WrittenExponent is >= LowestExponent and <= HighestExponent
            : read.LeadingExponent >= LowestExponent && read.LeadingExponent <= HighestExponent
              && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value);
    }

    private void Add(scoped ReadOnlySpan<Frame> frames, string code, string message) =>
        (problems ??= []).Add(new JsonProblem(Pointer(frames), code, message));

    private readonly string Pointer(scoped ReadOnlySpan<Frame> frames)
    {
        var pointer = new StringBuilder();
        foreach (var frame in frames)
        {
            // The text broke off before the first item or name.
            if (frame.IsArray ? frame.Index < 0 : frame.NameStart < 0)
                break;
            pointer.Append('/');
            if (frame.IsArray)
                pointer.Append(CultureInfo.InvariantCulture, $"{frame.Index}");
            else
                pointer.Append(JsonPointer.Escape(ReadName(utf8.Slice(frame.NameStart, frame.NameLength))));
        }
        return pointer.ToString();
    }

    private static string ReadName(ReadOnlySpan<byte> name) => name.Contains((byte)'\\')
        ? JsonElement.Parse(StorableJson.Clean((byte[])[(byte)'"', .. name, (byte)'"']).Span).GetString()!
        : Encoding.UTF8.GetString(name);

    private static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.');
    }

    private struct Frame
    {
        public bool IsArray;
        public int Index;
        public int NameStart;
        public int NameLength;
    }
}
