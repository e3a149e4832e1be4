namespace Sos.Executors.Models.Content;

/// <summary>Whether prompts and answers go onto spans: <c>OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT</c>, by default not.</summary>
/// <param name="OnSpans">Whether they do.</param>
internal sealed record ContentCapture(bool OnSpans)
{
    /// <summary>The setting, as other instrumentations read it too.</summary>
    public const string Setting = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

    /// <summary>Reads the setting: <c>true</c>, <c>SPAN_ONLY</c> and <c>SPAN_AND_EVENT</c> switch it on.</summary>
    public static ContentCapture Read(string? setting) => new(setting?.Trim().ToUpperInvariant() is "TRUE" or "SPAN_ONLY" or "SPAN_AND_EVENT");
}
