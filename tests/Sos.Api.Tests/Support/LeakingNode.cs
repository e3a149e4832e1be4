using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sos.Executors.Nodes;
using Sos.Workflows.Nodes;

namespace Sos.Api.Tests.Support;

/// <summary>A node that tells everybody the secret it was given, in every way there is.</summary>
internal sealed class LeakingNode(ILoggerFactory loggers) : NodeExecutor
{
    public static NodeType Describe { get; } = new()
    {
        Name = "leaking",
        Title = "Leaking",
        Description = "A node of a test.",
        Category = "test",
        ConfigSchema = JsonElement.Parse("{}"),
        Branches = null,
    };

    public override NodeType Type => Describe;

    public override async ValueTask<NodeOutcome> ExecuteAsync(NodeContext context, CancellationToken cancellationToken)
    {
        var credential = await context.UseCredentialAsync("canary", new Uri("https://api.example.com/"), cancellationToken);
        var secret = credential.Secret("token")!;
        var everywhere = JsonSerializer.SerializeToElement(new Dictionary<string, string> { [secret] = "name", ["text"] = $"a {secret} b", ["encoded"] = Encoded(secret) });
        context.AddEvent("leaked", "completed", everywhere);
        context.Span?.SetTag("leaked", secret);
        using (var span = context.StartSpan("leak " + secret, System.Diagnostics.ActivityKind.Internal))
        {
            span?.SetTag("leaked.list", new[] { secret, Encoded(secret) });
            span?.SetStatus(System.Diagnostics.ActivityStatusCode.Error, secret);
            var logger = loggers.CreateLogger("Leaking");
#pragma warning disable CA1848, CA1873 // it is about what others log
            logger.LogError(new InvalidOperationException(secret), "Logged {Secret}", secret);
#pragma warning restore CA1848, CA1873
        }
        await context.SaveProgressAsync(everywhere, cancellationToken);
        return context.Config.GetProperty("how").GetString() switch
        {
            "output" => new NodeOutcome.Completed(everywhere),
            "error" => new NodeOutcome.Failed(new NodeError("leaked", "Failed with " + secret) { Details = everywhere, Exception = new InvalidOperationException(secret) }),
            "wait" when context.State is null => new NodeOutcome.Waiting(context.Time.GetUtcNow().AddMilliseconds(50), everywhere),
            "call" when context.Signal is null => new NodeOutcome.CallsWorkflows([new WorkflowCall(Guid.CreateVersion7(), "child", null, everywhere)]),
            "wait" or "call" => new NodeOutcome.Completed(everywhere),
            _ => throw new InvalidOperationException("Thrown with " + secret, new ArgumentException(secret)),
        };
    }

    private static string Encoded(string secret) =>
        $"{Uri.EscapeDataString(secret)} {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("ann:" + secret))} {JsonSerializer.Serialize(secret)}";
}
