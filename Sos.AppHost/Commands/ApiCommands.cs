#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are typed by the interaction service, which is marked experimental.

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.AppHost.Commands;

/// <summary>The API's commands on the dashboard: run a sample, and open the latest run's trace.</summary>
internal static class ApiCommands
{
    public const string RunSample = "run-sample";
    public const string OpenTrace = "open-trace";

    private const string SampleArgument = "sample";

    // Those that call nothing else and need no key, each with an input.
    private static readonly Dictionary<string, string> Samples = new()
    {
        ["hello"] = """{"name": "Ada"}""",
        ["order-approval"] = """{"item": "a lamp", "amount": 80}""",
        ["support-triage"] = """{"subject": "Where is my order?", "text": "I ordered a lamp two weeks ago, and it has not come yet."}""",
    };

    /// <summary>Adds the commands.</summary>
    /// <param name="api">The API.</param>
    /// <param name="key">Its first key.</param>
    /// <param name="samples">The folder of the samples.</param>
    public static IResourceBuilder<ProjectResource> WithApiCommands(this IResourceBuilder<ProjectResource> api, IResourceBuilder<ParameterResource> key, string samples) => api
        .WithCommand(RunSample, "Run a sample", context => AskAsync(context, api, key, (client, token) => RunAsync(client, samples, Chosen(context), token)), new CommandOptions
        {
            Description = "Saves one of the sample workflows, runs it, and shows what came of it.",
            Arguments =
            [
                new InteractionInput
                {
                    Name = SampleArgument,
                    Label = "Sample",
                    InputType = InputType.Choice,
                    Options = [.. Samples.Keys.Select(name => KeyValuePair.Create(name, name))],
                    Value = Samples.Keys.First(),
                },
            ],
            IconName = "Play",
            IconVariant = IconVariant.Filled,
            IsHighlighted = true,
            UpdateState = WhenHealthy,
        })
        .WithCommand(OpenTrace, "Open the latest trace", context => AskAsync(context, api, key, LinkAsync), new CommandOptions
        {
            Description = "Links to the trace of the run that was started last, in SigNoz and in this dashboard.",
            IconName = "Open",
            IconVariant = IconVariant.Regular,
            UpdateState = WhenHealthy,
        });

    private static string Chosen(ExecuteCommandContext context) =>
        context.Arguments.TryGetByName(SampleArgument, out var input) && input?.Value is { Length: > 0 } name ? name : Samples.Keys.First();

    private static ResourceCommandState WhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus is Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static async Task<ExecuteCommandResult> AskAsync(
        ExecuteCommandContext context, IResourceBuilder<ProjectResource> api, IResourceBuilder<ParameterResource> key, Func<SosApi, CancellationToken, Task<ExecuteCommandResult>> ask)
    {
        try
        {
            using var client = await SosApi.ConnectAsync(api.GetEndpoint("http"), key.Resource, context.CancellationToken);
            return await ask(client, context.CancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or IOException)
        {
            return CommandResults.Failure(error.Message);
        }
    }

    private static async Task<ExecuteCommandResult> RunAsync(SosApi client, string folder, string sample, CancellationToken cancellationToken)
    {
        if (!Samples.TryGetValue(sample, out var input))
            return CommandResults.Failure($"There is no sample '{sample}' to run here. There are: {string.Join(", ", Samples.Keys)}.");
        var definition = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, sample + ".json"), cancellationToken))!.AsObject();
        var execution = await client.RunAsync(await client.FindOrCreateAsync(definition, cancellationToken), JsonNode.Parse(input), cancellationToken);
        var status = (string)execution["status"]!;
        var report = Describe(sample, execution);
        return status is "failed" or "cancelled"
            ? CommandResults.Failure($"{sample} {status}.", report, CommandResultFormat.Markdown)
            : CommandResults.Success($"{sample}: {status}.", report, CommandResultFormat.Markdown, displayImmediately: true);
    }

    private static async Task<ExecuteCommandResult> LinkAsync(SosApi client, CancellationToken cancellationToken) =>
        await client.LatestAsync(cancellationToken) is { } execution
            ? CommandResults.Success($"Trace {execution["traceId"]}", Describe("The latest run", execution), CommandResultFormat.Markdown, displayImmediately: true)
            : CommandResults.Failure("Nothing was run yet. Run a sample first.");

    private static string Describe(string what, JsonNode execution)
    {
        var links = execution["links"];
        return $"""
            **{what}**: {execution["status"]}

            - trace `{execution["traceId"]}`{Link(links, "signoz", "SigNoz")}{Link(links, "aspire", "this dashboard")}
            - execution `{execution["id"]}`

            ```json
            {(execution["output"] ?? execution["error"])?.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) ?? "null"}
            ```
            """;
    }

    private static string Link(JsonNode? links, string name, string text) => (string?)links?[name] is { } address ? $" · [in {text}]({address})" : "";
}
