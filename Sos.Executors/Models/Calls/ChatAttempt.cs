using Microsoft.Extensions.AI;
using Sos.Executors.Models.Connections;
using Sos.Executors.Models.Content;

namespace Sos.Executors.Models.Calls;

/// <summary>What an attempt at a chat gave.</summary>
/// <param name="Response">The whole answer.</param>
/// <param name="Times">When its pieces came; null when it was not streamed.</param>
internal sealed record ChatAnswer(ChatResponse Response, ChunkTimes? Times);

/// <summary>Asks a chat model once.</summary>
internal sealed class ChatAttempt(ModelTarget target, IChatClient client, Redactor redactor, TimeProvider time)
{
    /// <summary>Asks for the answer in one piece.</summary>
    public async Task<ChatAnswer> WholeAsync(IReadOnlyList<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
    {
        var response = await client.GetResponseAsync(messages, options, cancellationToken);
        if (response.Messages.Count == 0)
            throw new ModelFailureException(ModelFailure.Invalid(target, "it holds no message") with { Rejected = RejectedAnswer.Of(response) });
        return new ChatAnswer(response, null);
    }

    /// <summary>Asks for the answer in pieces and puts them together.</summary>
    public async Task<ChatAnswer> StreamedAsync(IReadOnlyList<ChatMessage> messages, ChatOptions options, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var updates = new List<ChatResponseUpdate>();
        var gaps = new List<TimeSpan>();
        TimeSpan first = default;
        var before = start;
        try
        {
            await foreach (var update in client.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                var now = time.GetTimestamp();
                if (updates.Count == 0)
                    first = time.GetElapsedTime(start, now);
                else
                    gaps.Add(time.GetElapsedTime(before, now));
                before = now;
                updates.Add(update);
            }
        }
#pragma warning disable CA1031 // an SDK may throw anything
        catch (Exception e) when (updates.Count > 0 && !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            // What has come is going to be paid for, so it is not asked for again behind the author's back.
            throw new ModelFailureException(ModelFailure.From(e, target, redactor) with { TryAgain = false, Rejected = RejectedAnswer.Of(updates.ToChatResponse()) });
        }
        if (updates.Count == 0)
            throw new ModelFailureException(ModelFailure.Invalid(target, "nothing came in the stream"));
        var response = updates.ToChatResponse();
        // Neither SDK minds a stream that just ends.
        if (response.FinishReason is null)
        {
            var failure = response.Messages.Any(m => m.Contents.Count > 0) ? ModelFailure.Unfinished(target) : ModelFailure.Invalid(target, "the stream ended without an answer");
            throw new ModelFailureException(failure with { Rejected = RejectedAnswer.Of(response) });
        }
        return new ChatAnswer(response, new ChunkTimes(first, gaps));
    }
}
