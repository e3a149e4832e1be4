using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace Sos.Api.Tests.Deployment;

/// <summary>The files below <c>deploy/k8s</c>, as JSON whose scalars are all text.</summary>
internal static class Manifests
{
    public static readonly string Root = FindRoot();

    public static readonly string Folder = Path.Combine(Root, "deploy", "k8s");

    /// <summary>Every document of every file, with the file's path below <see cref="Folder"/>.</summary>
    public static IReadOnlyList<(string File, JsonObject Document)> All { get; } =
    [
        .. from path in Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
           from document in Read(path)
           select (Path.GetRelativePath(Folder, path), document),
    ];

    /// <summary>What is applied, in the base and elsewhere; overlays' changes of it are not.</summary>
    public static IReadOnlyList<JsonObject> Resources { get; } = [.. All.Where(each => !each.File.EndsWith("settings.yaml", StringComparison.Ordinal)).Select(each => each.Document)];

    /// <summary>The descriptions of pods, by the name of what makes them.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Pods { get; } = Resources
        .Select(resource => (Name: Name(resource), Pod: At(resource, Kind(resource) == "CronJob" ? "spec.jobTemplate.spec.template" : "spec.template") as JsonObject))
        .Where(each => each.Pod is not null)
        .ToDictionary(each => each.Name, each => each.Pod!);

    public static IEnumerable<JsonObject> OfKind(string kind) => Resources.Where(resource => Kind(resource) == kind);

    public static JsonObject Find(string kind, string name) => OfKind(kind).Single(resource => Name(resource) == name);

    public static string Kind(JsonNode resource) => Text(resource, "kind")!;

    public static string Name(JsonNode resource) => Text(resource, "metadata.name")!;

    /// <summary>What is at a path of keys and numbers; null for nothing.</summary>
    public static JsonNode? At(JsonNode? node, string path) => path.Split('.').Aggregate(node, (at, key) => at switch
    {
        JsonObject map => map[key],
        JsonArray list when int.TryParse(key, out var i) && i < list.Count => list[i],
        _ => null,
    });

    public static string? Text(JsonNode? node, string path) => (At(node, path) as JsonValue)?.GetValue<string>();

    /// <summary>The entries of a list; none where there is none.</summary>
    public static IEnumerable<JsonNode> List(JsonNode? node, string path) => (At(node, path) as JsonArray ?? []).Select(each => each!);

    /// <summary>The entries of a map; none where there is none.</summary>
    public static IReadOnlyDictionary<string, string> Map(JsonNode? node, string path) =>
        (At(node, path) as JsonObject ?? []).ToDictionary(each => each.Key, each => each.Value!.GetValue<string>());

    public static JsonObject Container(string pod) => (JsonObject)List(Pods[pod], "spec.containers").Single();

    public static IEnumerable<JsonObject> Read(string path)
    {
        var stream = new YamlStream();
        using var file = File.OpenText(path);
        stream.Load(file);
        return [.. stream.Documents.Select(document => (JsonObject)ToJson(document.RootNode)!)];
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(each => KeyValuePair.Create(((YamlScalarNode)each.Key).Value!, ToJson(each.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException($"{node.NodeType} at {node.Start}"),
    };

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sos.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"There is no Sos.sln above {AppContext.BaseDirectory}.");
    }
}
