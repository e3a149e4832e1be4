using Sos.Workflows.Expressions.Templates;
using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>Tells templates from other strings.</summary>
internal static class Templates
{
    public static TemplateKind KindOf(string text)
    {
        if (!TemplateScanner.HasMarks(text))
            return TemplateKind.None;
        var isSound = true;
        var segments = TemplateScanner.Scan(text, _ => isSound = false);
        // Of a template with a mistake nothing is known; the mistake itself is reported with the expressions.
        return !isSound || segments is [{ IsExpression: true }] ? TemplateKind.Expression : TemplateKind.Text;
    }
}
