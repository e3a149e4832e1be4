using System.Diagnostics;
using OpenTelemetry;

namespace Sos.Executors.Secrets;

/// <summary>Takes secrets out of the spans below a node's, whoever made them, before they are exported.</summary>
/// <remarks>The events of a span can't be changed any more; those that SOS adds are free of secrets when they are added.</remarks>
internal sealed class SpanScrubber : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        if (SecretsOfSpans.Of(data) is not { } secrets)
            return;
        foreach (var (name, value) in data.TagObjects.ToArray())
        {
            var clean = value switch
            {
                string text => secrets.Apply(text),
                string[] texts => Array.ConvertAll(texts, secrets.Apply),
                _ => value,
            };
            if (!Equals(clean, value))
                data.SetTag(name, clean);
        }
        data.DisplayName = secrets.Apply(data.DisplayName);
        if (data.StatusDescription is { } description)
            data.SetStatus(data.Status, secrets.Apply(description));
    }
}
