using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;

namespace Sos.Workflows.Expressions.Patterns;

/// <summary>The classes of RE2 that have names: <c>\d</c>, <c>[:alpha:]</c>, <c>\p{L}</c>.</summary>
internal static class NamedClasses
{
    private static readonly FrozenDictionary<string, CodePointSet> Posix = new Dictionary<string, CodePointSet>
    {
        ["alnum"] = new CodePointSet().Add('0', '9').Add('A', 'Z').Add('a', 'z'),
        ["alpha"] = new CodePointSet().Add('A', 'Z').Add('a', 'z'),
        ["ascii"] = new CodePointSet().Add(0, 0x7F),
        ["blank"] = new CodePointSet().Add('\t', '\t').Add(' ', ' '),
        ["cntrl"] = new CodePointSet().Add(0, 0x1F).Add(0x7F, 0x7F),
        ["digit"] = new CodePointSet().Add('0', '9'),
        ["graph"] = new CodePointSet().Add('!', '~'),
        ["lower"] = new CodePointSet().Add('a', 'z'),
        ["print"] = new CodePointSet().Add(' ', '~'),
        ["punct"] = new CodePointSet().Add('!', '/').Add(':', '@').Add('[', '`').Add('{', '~'),
        ["space"] = new CodePointSet().Add('\t', '\r').Add(' ', ' '),
        ["upper"] = new CodePointSet().Add('A', 'Z'),
        ["word"] = new CodePointSet().Add('0', '9').Add('A', 'Z').Add('a', 'z').Add('_', '_'),
        ["xdigit"] = new CodePointSet().Add('0', '9').Add('A', 'F').Add('a', 'f'),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly CodePointSet PerlSpace = new CodePointSet().Add('\t', '\n').Add('\f', '\r').Add(' ', ' ');

    /// <summary>General categories by their two letters, in the order of <see cref="UnicodeCategory"/>.</summary>
    private static readonly string[] Categories =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
        "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private static readonly ConcurrentDictionary<string, CodePointSet> Unicode = new(StringComparer.Ordinal);

    internal static CodePointSet? FindPosix(string name) => Posix.GetValueOrDefault(name);

    /// <summary>The class of <c>\d</c>, <c>\w</c>, <c>\s</c> or their negations; ASCII, as in RE2.</summary>
    internal static CodePointSet? FindPerl(char letter) => letter switch
    {
        'd' => Posix["digit"],
        'w' => Posix["word"],
        's' => PerlSpace,
        'D' => Posix["digit"].Negate(),
        'W' => Posix["word"].Negate(),
        'S' => PerlSpace.Negate(),
        _ => null,
    };

    /// <summary>A general category (<c>Lu</c>), a group of them (<c>L</c>), or <c>Any</c>, or all but that.</summary>
    internal static CodePointSet? FindUnicode(string name, bool isNegated)
    {
        if (name == "Any") return isNegated ? new CodePointSet() : CodePointSet.All;
        var isKnown = name.Length is 1 or 2 && Array.Exists(Categories, category => category.StartsWith(name, StringComparison.Ordinal));
        if (!isKnown) return null;
        var set = Unicode.GetOrAdd(name, Collect).OtherPlanes(isNegated);
        return set.AddFirstPlane($"\\{(isNegated ? 'P' : 'p')}{{{name}}}");
    }

    /// <summary>The category's characters behind the first plane.</summary>
    private static CodePointSet Collect(string name)
    {
        var set = new CodePointSet();
        var start = -1;
        for (var c = 0x10000; c <= CodePointSet.Last + 1; c++)
        {
            var isIn = c <= CodePointSet.Last
                && Categories[(int)CharUnicodeInfo.GetUnicodeCategory(c)].StartsWith(name, StringComparison.Ordinal);
            if (isIn && start < 0) start = c;
            if (isIn || start < 0) continue;
            set.Add(start, c - 1);
            start = -1;
        }

        return set;
    }
}
