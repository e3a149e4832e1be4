using System.Text.Json;
using Sos.Workflows.Expressions.Values;

namespace Sos.Workflows.Expressions.Templates;

/// <summary>A part of a compiled template that is not the same every time, or a constant inside of one.</summary>
internal abstract class TemplateNode
{
    internal abstract void Write(Utf8JsonWriter writer, ref Rendering rendering);
}

/// <summary>One rendering: what the expressions see, and what they may still spend.</summary>
internal ref struct Rendering(ICelVariables variables, CelContext context)
{
    internal readonly ICelVariables Variables = variables;
    internal readonly CelContext Context = context;
    internal long Budget = context.Limits.MaxCost;
}

internal sealed class ConstantTemplate(JsonElement value) : TemplateNode
{
    internal JsonElement Value => value;

    internal override void Write(Utf8JsonWriter writer, ref Rendering rendering) => JsonText.Write(value, writer);
}

internal sealed class StringTemplate(string pointer, TextTemplate text) : TemplateNode
{
    internal string Pointer => pointer;

    internal TextTemplate Text => text;

    internal override void Write(Utf8JsonWriter writer, ref Rendering rendering)
    {
        var value = text.Render(rendering.Variables, rendering.Context, pointer, ref rendering.Budget);
        try
        {
            value.ToJson(writer, rendering.Context.Limits);
        }
        catch (CelException e)
        {
            throw new TemplateException(pointer, e.Error);
        }
    }
}

internal sealed class ObjectTemplate(IReadOnlyList<(string Name, TemplateNode Value)> properties) : TemplateNode
{
    internal override void Write(Utf8JsonWriter writer, ref Rendering rendering)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in properties)
        {
            writer.WritePropertyName(name);
            value.Write(writer, ref rendering);
        }

        writer.WriteEndObject();
    }
}

internal sealed class ArrayTemplate(IReadOnlyList<TemplateNode> items) : TemplateNode
{
    internal override void Write(Utf8JsonWriter writer, ref Rendering rendering)
    {
        writer.WriteStartArray();
        foreach (var item in items) item.Write(writer, ref rendering);
        writer.WriteEndArray();
    }
}
