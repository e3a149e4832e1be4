using System.Text.RegularExpressions;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.Fail;

/// <summary>Fails on purpose.</summary>
internal sealed partial class FailExecutor() : NodeExecutor<FailConfig>(Describe, FailJson.Default.FailConfig), IDescribesNode
{
    private const int MaxMessageLength = 2000;

    /// <inheritdoc/>
    public static NodeType Describe { get; } = new()
    {
        Name = "fail",
        Title = "Fail",
        Description = "Fails with an error of its own, which ends the execution or takes an error edge.",
        Category = "logic",
        ConfigSchema = NodeSchema.Load("fail"),
        Computes = true,
    };

    /// <inheritdoc/>
    protected override ValueTask<NodeOutcome> ExecuteAsync(FailConfig config, NodeContext context, CancellationToken cancellationToken)
    {
        if (!SnakeCase().IsMatch(config.Code))
        {
            return new(NodeOutcome.Fail("invalid_config",
                $"The code of node '{context.NodeId}' is not an error code: use lower-case letters, digits and underscores, starting with a letter, at most 64."));
        }
        var message = ScalarText.Of(config.Message) ?? config.Message.GetRawText();
        if (message.Length > MaxMessageLength)
            message = message[..(MaxMessageLength - 1)] + "…";
        return new(new NodeOutcome.Failed(new NodeError(config.Code, message) { Details = config.Details }));
    }

    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SnakeCase();
}
