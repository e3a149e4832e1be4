using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Migrations.SigNoz;

/// <summary>A dashboard or an alert rule as its file has it.</summary>
/// <param name="Name">What it is found by: a dashboard's <c>name</c>, a rule's <c>alert</c>.</param>
/// <param name="File">Where it was read.</param>
/// <param name="Body">What SigNoz is to be told.</param>
internal sealed record SigNozDefinition(string Name, string File, JsonObject Body);

/// <summary>The dashboards and alert rules to apply: those that are built in, or those of a folder.</summary>
internal sealed record SigNozContent(IReadOnlyList<SigNozDefinition> Dashboards, IReadOnlyList<SigNozDefinition> Rules)
{
    /// <summary>The largest file, in bytes.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <summary>The most files of a kind.</summary>
    public const int MaxFiles = 200;

    private const string DashboardFolder = "dashboards";
    private const string RuleFolder = "alerts";
    private const string ResourcePrefix = "signoz/";

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 64 };

    /// <summary>Those that are built in.</summary>
    public static SigNozContent BuiltIn()
    {
        var assembly = typeof(SigNozContent).Assembly;
        return new(Resources(DashboardFolder, "name"), Resources(RuleFolder, "alert"));

        IReadOnlyList<SigNozDefinition> Resources(string folder, string key) => Named(
            from name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal)
            where name.StartsWith($"{ResourcePrefix}{folder}/", StringComparison.Ordinal)
            select Read(name, () => assembly.GetManifestResourceStream(name)!, key));
    }

    /// <summary>Those of a folder with the subfolders <c>dashboards</c> and <c>alerts</c>, of which one may be missing.</summary>
    /// <exception cref="SigNozException">There is nothing to read, or a file can't be used.</exception>
    public static SigNozContent From(string folder)
    {
        var content = new SigNozContent(Files(DashboardFolder, "name"), Files(RuleFolder, "alert"));
        return content.Dashboards.Count + content.Rules.Count > 0
            ? content
            : throw new SigNozException($"There are no files in {Path.Combine(folder, DashboardFolder)}/*.json or {Path.Combine(folder, RuleFolder)}/*.json.");

        IReadOnlyList<SigNozDefinition> Files(string kind, string key)
        {
            var path = Path.Combine(folder, kind);
            if (!Directory.Exists(path))
                return [];
            var files = Directory.GetFiles(path, "*.json");
            if (files.Length > MaxFiles)
                throw new SigNozException($"{path} has {files.Length} files; at most {MaxFiles} are applied.");
            return Named(files.Order(StringComparer.Ordinal).Select(file => Read(file, () => File.OpenRead(file), key)));
        }
    }

    private static SigNozDefinition Read(string file, Func<Stream> open, string key)
    {
        JsonNode? node;
        try
        {
            using var stream = open();
            if (stream.Length > MaxFileBytes)
                throw new SigNozException($"{file} is larger than {MaxFileBytes / 1024} KiB.");
            node = JsonNode.Parse(stream, documentOptions: Reading);
            // Reading a member finds members of the same name.
            return node is JsonObject body && body[key] is JsonValue value && value.TryGetValue(out string? name) && name.Length > 0
                ? new SigNozDefinition(name, file, body)
                : throw new SigNozException($"{file} is not a JSON object with a '{key}'.");
        }
        catch (JsonException error)
        {
            throw new SigNozException($"{file} is not JSON: {error.Message}", error);
        }
        catch (ArgumentException error)
        {
            throw new SigNozException($"{file} has two members of one name: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SigNozException($"{file} can't be read: {error.Message}", error);
        }
    }

    private static IReadOnlyList<SigNozDefinition> Named(IEnumerable<SigNozDefinition> definitions)
    {
        var byName = new Dictionary<string, SigNozDefinition>(StringComparer.Ordinal);
        foreach (var definition in definitions)
        {
            if (!byName.TryAdd(definition.Name, definition))
                throw new SigNozException($"{definition.File} and {byName[definition.Name].File} both define '{definition.Name}'.");
        }
        return [.. byName.Values];
    }
}
