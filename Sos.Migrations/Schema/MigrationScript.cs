using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sos.Migrations.Schema;

/// <summary>One numbered script: <c>NNNN_name.sql</c>. Once applied anywhere, it never changes.</summary>
internal sealed partial record MigrationScript(int Version, string Name, string Sql)
{
    private static readonly Lazy<IReadOnlyList<MigrationScript>> BuiltIn = new(() => Load(typeof(MigrationScript).Assembly));

    /// <summary>The scripts that this program brings, in order.</summary>
    public static IReadOnlyList<MigrationScript> All => BuiltIn.Value;

    public string FileName => $"{Version:0000}_{Name}.sql";

    /// <summary>SHA-256 of the text with LF line ends, so that a checkout on Windows is the same script.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>A script by its file name.</summary>
    public static MigrationScript Parse(string fileName, string sql)
    {
        if (ScriptName().Match(fileName) is not { Success: true } match)
            throw new MigrationException($"{fileName} is no name for a migration script: use NNNN_name.sql, with lower-case letters, digits and _.");
        return new MigrationScript(int.Parse(match.Groups["version"].ValueSpan, CultureInfo.InvariantCulture), match.Groups["name"].Value, sql);
    }

    /// <summary>Puts scripts in order; two of one version are an error.</summary>
    public static IReadOnlyList<MigrationScript> InOrder(IEnumerable<MigrationScript> scripts)
    {
        List<MigrationScript> ordered = [.. scripts.OrderBy(script => script.Version)];
        for (var i = 1; i < ordered.Count; i++)
        {
            if (ordered[i].Version == ordered[i - 1].Version)
                throw new MigrationException($"{ordered[i - 1].FileName} and {ordered[i].FileName} have the same number: give the newer one the next.");
        }
        return ordered;
    }

    private static IReadOnlyList<MigrationScript> Load(Assembly assembly) =>
        InOrder(assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Select(name => Parse(name, Read(assembly, name))));

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("^(?<version>[0-9]{4})_(?<name>[a-z0-9_]+)\\.sql$", RegexOptions.CultureInvariant)]
    private static partial Regex ScriptName();
}
