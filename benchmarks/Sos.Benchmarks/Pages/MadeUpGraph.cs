using System.Text.Json.Nodes;

namespace Sos.Benchmarks.Pages;

/// <summary>Workflows of many nodes, in layers, each of whose nodes follows two of the layer before.</summary>
internal static class MadeUpGraph
{
    /// <summary>The ids of the nodes.</summary>
    public static string[] Nodes(int count) => [.. Enumerable.Range(0, count).Select(i => $"node_{i}")];

    /// <summary>A workflow's definition as JSON.</summary>
    public static string Definition(string name, int count, int width)
    {
        var ids = Nodes(count);
        var edges = new JsonArray();
        for (var i = width; i < count; i++)
        {
            edges.Add(new JsonObject { ["from"] = ids[i - width], ["to"] = ids[i] });
            if (i % width > 0 && i % 3 == 0)
                edges.Add(new JsonObject { ["from"] = ids[i - width - 1], ["to"] = ids[i] });
        }
        var nodes = new JsonArray([.. ids.Select(id => (JsonNode)new JsonObject { ["id"] = id, ["type"] = "transform", ["config"] = new JsonObject { ["value"] = id } })]);
        return new JsonObject { ["name"] = name, ["nodes"] = nodes, ["edges"] = edges }.ToJsonString();
    }
}
