using Sos.Executors.Models;
using Sos.Workflows.Models;

namespace Sos.Executors.Nodes.Llm;

/// <summary>What a model answered, as far as the node needs it; the node's state while an answer is being repaired.</summary>
/// <param name="Text">The answer.</param>
/// <param name="Usage">Its tokens.</param>
/// <param name="CostUsd">What it cost in US dollars; null where that is unknown.</param>
/// <param name="FinishReason">Why the model stopped.</param>
/// <param name="Model">The model.</param>
/// <param name="Provider">The provider, by OpenTelemetry's name where it has one.</param>
/// <param name="IsDemo">Whether no real model answered but the built-in demo.</param>
internal sealed record LlmAnswer(string Text, TokenUsage Usage, decimal? CostUsd, string? FinishReason, string Model, string Provider, bool IsDemo)
{
    /// <summary>Of a reply.</summary>
    public static LlmAnswer Of(ChatReply reply) =>
        new(reply.Response.Text, reply.Usage, reply.CostUsd, reply.FinishReason, reply.Model, reply.Provider, reply.IsDemo);
}
