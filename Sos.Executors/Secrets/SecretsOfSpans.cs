using System.Diagnostics;

namespace Sos.Executors.Secrets;

/// <summary>Finds the secrets of an attempt by the spans below its node's.</summary>
internal static class SecretsOfSpans
{
    private const string Property = "sos.secrets";

    /// <summary>Makes the secrets known to a node's span.</summary>
    public static void Carry(Activity? nodeSpan, SecretScrubber secrets) => nodeSpan?.SetCustomProperty(Property, secrets);

    /// <summary>The secrets that may stand in a span, or be logged while it is current; null where there are none.</summary>
    public static SecretScrubber? Of(Activity? span)
    {
        for (; span is not null; span = span.Parent)
        {
            if (span.GetCustomProperty(Property) is SecretScrubber secrets)
                return secrets.IsEmpty ? null : secrets;
        }
        return null;
    }
}
