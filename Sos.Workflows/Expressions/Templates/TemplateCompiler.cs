using System.Globalization;
using System.Text.Json;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Templates;

/// <summary>Compiles the strings of a JSON value and collects what is wrong with them.</summary>
internal sealed class TemplateCompiler(TemplateOptions options)
{
    private const int MostProblems = 100;

    private readonly List<TemplateProblem> _problems = [];
    private readonly List<TemplateReference> _references = [];
    private int _expressions;

    internal IReadOnlyList<TemplateProblem> Problems => _problems;

    internal IReadOnlyList<TemplateReference> References => _references;

    internal bool HasExpressions => _expressions > 0;

    internal bool UsesClock { get; private set; }

    internal TemplateNode Compile(JsonElement value, string pointer) => value.ValueKind switch
    {
        JsonValueKind.Object => CompileObject(value, pointer),
        JsonValueKind.Array => CompileArray(value, pointer),
        JsonValueKind.String => CompileString(value, pointer),
        _ => new ConstantTemplate(value),
    };

    private TemplateNode CompileObject(JsonElement value, string pointer)
    {
        var properties = new List<(string, TemplateNode)>();
        var isConstant = true;
        foreach (var property in value.EnumerateObject())
        {
            var name = JsonText.Name(property);
            var child = Compile(property.Value, $"{pointer}/{Escape(name)}");
            isConstant &= child is ConstantTemplate;
            properties.Add((name, child));
        }

        return isConstant ? new ConstantTemplate(value) : new ObjectTemplate(properties);
    }

    private TemplateNode CompileArray(JsonElement value, string pointer)
    {
        var items = new List<TemplateNode>();
        foreach (var item in value.EnumerateArray())
            items.Add(Compile(item, string.Create(CultureInfo.InvariantCulture, $"{pointer}/{items.Count}")));
        return items.TrueForAll(item => item is ConstantTemplate) ? new ConstantTemplate(value) : new ArrayTemplate(items);
    }

    private TemplateNode CompileString(JsonElement value, string pointer)
    {
        var text = JsonText.Read(value);
        if (!TemplateScanner.HasMarks(text)) return new ConstantTemplate(value);
        var template = TextTemplate.Compile(text, options, error => Report(pointer, error));
        if (template is null) return new ConstantTemplate(value);
        _expressions += template.ExpressionCount;
        if (_expressions > options.MaxExpressions && _expressions - template.ExpressionCount <= options.MaxExpressions)
        {
            Report(pointer, CelError.At(text, 0, CelErrorCodes.Limit, string.Create(
                CultureInfo.InvariantCulture, $"The template has more than {options.MaxExpressions:N0} expressions.")));
        }

        UsesClock |= template.UsesClock;
        _references.AddRange(template.References.Select(reference => new TemplateReference(pointer, reference)));
        return new StringTemplate(pointer, template);
    }

    private void Report(string pointer, CelError error)
    {
        if (_problems.Count < MostProblems) _problems.Add(new TemplateProblem(pointer, error));
    }

    private static string Escape(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
