using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Sos.Workflows.Expressions.Templates;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions;

/// <summary>
/// A JSON value whose strings, at any depth, may hold expressions between <c>{{</c> and <c>}}</c>; compiled once,
/// rendered any number of times, from any number of threads. Names of properties are not templates.
/// </summary>
/// <remarks>
/// A string that is exactly one <c>{{ expression }}</c> becomes the expression's value with its type. In any other, the
/// values are put in as text (<see cref="CelValue.ToText"/>). <c>\{{</c> is <c>{{</c> itself; a backslash before an
/// expression is written <c>\\{{</c>.
/// </remarks>
public sealed class Template
{
    private readonly TemplateNode _root;
    private readonly bool _usesClock;

    private Template(TemplateNode root, TemplateCompiler compiler)
    {
        _root = root;
        _usesClock = compiler.UsesClock;
        References = compiler.References;
        IsConstant = !compiler.HasExpressions;
        // Escapes are taken out once.
        if (IsConstant && root is not ConstantTemplate)
            _root = new ConstantTemplate(Write(CelVariables.Empty, CelContext.Default));
    }

    /// <summary>Whether there is no expression, so that it renders to the same every time.</summary>
    public bool IsConstant { get; }

    /// <summary>The variables that the expressions read, with the fields they are in.</summary>
    public IReadOnlyList<TemplateReference> References { get; }

    /// <summary>Compiles <paramref name="value"/>, which is read in place and must stay alive.</summary>
    /// <exception cref="TemplateException">Lists everything that is wrong (the first 100 problems).</exception>
    public static Template Compile(JsonElement value, TemplateOptions? options = null) =>
        TryCompile(value, options, out var template, out var problems) ? template : throw new TemplateException(problems);

    /// <summary>Compiles <paramref name="value"/>, or lists everything that is wrong (the first 100 problems).</summary>
    public static bool TryCompile(
        JsonElement value,
        TemplateOptions? options,
        [NotNullWhen(true)] out Template? template,
        out IReadOnlyList<TemplateProblem> problems)
    {
        var compiler = new TemplateCompiler(options ?? TemplateOptions.Default);
        try
        {
            var root = compiler.Compile(value, "");
            problems = compiler.Problems;
            template = problems.Count == 0 ? new Template(root, compiler) : null;
        }
        catch (CelException e)
        {
            // Text of JSON that is not Unicode.
            problems = [.. compiler.Problems, new TemplateProblem("", e.Error)];
            template = null;
        }

        return template is not null;
    }

    /// <summary>Compiles one text.</summary>
    /// <exception cref="TemplateException">Lists everything that is wrong.</exception>
    public static TextTemplate CompileText(string text, TemplateOptions? options = null)
    {
        var problems = new List<TemplateProblem>();
        var template = TextTemplate.Compile(
            text, options ?? TemplateOptions.Default, error => problems.Add(new TemplateProblem("", error)));
        return template ?? throw new TemplateException(problems);
    }

    /// <summary>
    /// Evaluates the expressions, all on the cost limit of one and at the same <c>now()</c>, and gives the value with
    /// their results in place. A constant template gives the very element that it was compiled from.
    /// </summary>
    /// <exception cref="TemplateException">An expression failed, a result is not JSON, or a limit was exceeded.</exception>
    /// <exception cref="OperationCanceledException">The context's token was cancelled.</exception>
    public JsonElement Render(ICelVariables variables, CelContext context)
    {
        if (_root is ConstantTemplate constant) return constant.Value;
        if (_usesClock) context = context.AtOneMoment();
        return _root is StringTemplate text ? RenderString(text, variables, context) : Write(variables, context);
    }

    private static JsonElement RenderString(StringTemplate template, ICelVariables variables, CelContext context)
    {
        var budget = context.Limits.MaxCost;
        var value = template.Text.Render(variables, context, template.Pointer, ref budget);
        try
        {
            return value.ToJsonElement(context.Limits);
        }
        catch (CelException e)
        {
            throw new TemplateException(template.Pointer, e.Error);
        }
    }

    private JsonElement Write(ICelVariables variables, CelContext context)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, CelValue.WriterOptions))
        {
            var rendering = new Rendering(variables, context);
            _root.Write(writer, ref rendering);
        }

        return JsonElement.Parse(buffer.WrittenSpan, JsonWriting.ParseOptions);
    }
}
