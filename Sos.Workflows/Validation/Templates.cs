using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>Tells templates from other strings.</summary>
internal static class Templates
{
    public static TemplateKind KindOf(string text)
    {
        var start = text.IndexOf("{{", StringComparison.Ordinal);
        if (start < 0)
            return TemplateKind.None;
        var trimmed = text.AsSpan().Trim();
        return trimmed.StartsWith("{{") && trimmed.EndsWith("}}") && trimmed[2..].IndexOf("{{") < 0 ? TemplateKind.Expression : TemplateKind.Text;
    }
}
