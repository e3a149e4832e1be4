using System.Text;

namespace Sos.Api.Samples;

/// <summary>The workflows of the folder <c>samples/</c>, which travel in the assembly.</summary>
internal static class SampleFiles
{
    /// <summary>What stands for this process's address in the files.</summary>
    public const string UrlPlaceholder = "${SOS_URL}";

    private const string Prefix = "sample:";

    /// <summary>The files' names without extension; a workflow that another one calls comes first.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(SampleFiles).Assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(n => n[Prefix.Length..])
            .OrderBy(n => n, StringComparer.Ordinal)];

    /// <summary>A definition that calls a process at an address.</summary>
    public static byte[] Render(string name, Uri baseUrl)
    {
        using var stream = typeof(SampleFiles).Assembly.GetManifestResourceStream(Prefix + name)
            ?? throw new ArgumentException($"There is no sample '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return Encoding.UTF8.GetBytes(reader.ReadToEnd().Replace(UrlPlaceholder, baseUrl.ToString().TrimEnd('/'), StringComparison.Ordinal));
    }
}
