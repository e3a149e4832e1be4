using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Sos.Api.Pages.Graph;
using Sos.Executors.Nodes;
using Sos.Workflows.Definitions;
using Sos.Workflows.Nodes;

namespace Sos.Api.Tests.Pages.Graph;

public sealed class GraphViewTests
{
    /// <summary>A browser draws each pulsing mark as a picture of its own; hundreds of them leave it a few frames per second.</summary>
    [Theory]
    [InlineData(12, false)]
    [InlineData(13, true)]
    public async Task Marks_stop_pulsing_where_many_nodes_run(int running, bool isCalm)
    {
        var html = await RenderAsync(40, id => new NodeState(int.Parse(id[1..], System.Globalization.CultureInfo.InvariantCulture) < running ? "running" : "completed"));

        Assert.Equal(isCalm, html.Contains(" calm\"", StringComparison.Ordinal));
        Assert.Equal(running, html.Split("node-running").Length - 1);
    }

    private static async Task<string> RenderAsync(int nodes, Func<string, NodeState?> stateOf)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(new NodeCatalog(BuiltInNodes.Types)).AddSingleton<IJSRuntime, NoScripts>().BuildServiceProvider();
        await using var disposing = services;
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var graph = new GraphDefinition
        {
            Nodes = [.. Enumerable.Range(0, nodes).Select(i => new NodeDefinition { Id = $"n{i}", Type = "transform", Config = JsonElement.Parse("{}") })],
            Edges = [],
        };
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<GraphView>(ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(GraphView.Graph)] = graph,
            [nameof(GraphView.StateOf)] = stateOf,
        }))).ToHtmlString());
    }

    private sealed class NoScripts : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => throw new NotSupportedException();

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => throw new NotSupportedException();
    }
}
