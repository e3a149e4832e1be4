namespace Sos.Workflows.Expressions.Values;

/// <summary>Strings as sequences of code points; .NET's are sequences of UTF-16 code units.</summary>
internal static class CodePoints
{
    internal static int Count(ReadOnlySpan<char> text)
    {
        var count = text.Length;
        var rest = text;
        while (true)
        {
            var at = rest.IndexOfAnyInRange('\ud800', '\udbff');
            if (at < 0) return count;
            if (at + 1 < rest.Length && char.IsLowSurrogate(rest[at + 1])) count--;
            rest = rest[(at + 1)..];
        }
    }

    /// <summary>The UTF-16 offset of a code point; the text's length for the one behind the last; -1 outside of it.</summary>
    internal static int OffsetOf(string text, long index)
    {
        if (index < 0 || index > text.Length) return -1;
        if (text.AsSpan().IndexOfAnyInRange('\ud800', '\udbff') < 0) return (int)index;
        var offset = 0;
        for (; index > 0; index--)
        {
            if (offset >= text.Length) return -1;
            offset += LengthAt(text, offset);
        }

        return offset;
    }

    /// <summary>The index of the code point at a UTF-16 offset.</summary>
    internal static long IndexOf(string text, int offset) => Count(text.AsSpan(0, offset));

    internal static int LengthAt(string text, int offset) =>
        offset + 1 < text.Length && char.IsSurrogatePair(text[offset], text[offset + 1]) ? 2 : 1;
}
