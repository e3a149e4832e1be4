using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sos.Workflows.Json.Keywords;

/// <summary>A keyword as it stands in a schema, with readers that report what it can't be.</summary>
internal readonly record struct KeywordSource(SchemaCompiler Compiler, JsonElement Schema, string SchemaPointer, string Name, JsonElement Value)
{
    public string Pointer => JsonPointer.Append(SchemaPointer, Name);

    /// <summary>Another keyword of the same schema, which this one belongs with.</summary>
    public bool TrySibling(string name, out KeywordSource sibling)
    {
        var found = Schema.TryGetProperty(name, out var value);
        sibling = this with { Name = name, Value = value };
        return found;
    }

    /// <summary>Reports that the keyword's value is not what it must be.</summary>
    public Keyword? Invalid(string expected)
    {
        Compiler.Report(Pointer, JsonProblemCodes.InvalidSchema, $"'{Name}' must be {expected}, but is {JsonWords.Describe(Value)}.");
        return null;
    }

    /// <summary>Reports that the keyword can't be used here.</summary>
    public Keyword? Unsupported(string sentence)
    {
        Compiler.Report(Pointer, JsonProblemCodes.UnsupportedSchema, sentence);
        return null;
    }

    /// <summary>A whole number from 0 to 2^31-1; 3.0 is one.</summary>
    public bool TryCount(out int count)
    {
        count = 0;
        if (Value.ValueKind == JsonValueKind.Number
            && new JsonNumber(JsonMarshal.GetRawUtf8Value(Value)) is { IsInteger: true, Sign: >= 0 }
            && Value.TryGetDouble(out var number) && number <= int.MaxValue)
        {
            count = (int)number;
            return true;
        }
        Invalid("a whole number from 0");
        return false;
    }

    /// <summary>Texts that are all different.</summary>
    public bool TryNames([NotNullWhen(true)] out string[]? names)
    {
        names = null;
        if (Value.ValueKind != JsonValueKind.Array || Value.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String))
        {
            Invalid("an array of strings");
            return false;
        }
        names = [.. Value.EnumerateArray().Select(n => n.GetString()!).Distinct(StringComparer.Ordinal)];
        return true;
    }

    /// <summary>The keyword's value as a schema.</summary>
    public SchemaNode Subschema() => Compiler.Compile(Value, Pointer);

    /// <summary>An array of one or more schemas.</summary>
    public bool TrySubschemas([NotNullWhen(true)] out SchemaNode[]? schemas)
    {
        schemas = null;
        if (Value.ValueKind != JsonValueKind.Array || Value.GetArrayLength() == 0)
        {
            Invalid("an array of one or more schemas");
            return false;
        }
        var (compiler, pointer) = (Compiler, Pointer);
        schemas = [.. Value.EnumerateArray().Select((schema, i) => compiler.Compile(schema, JsonPointer.Append(pointer, i)))];
        return true;
    }

    /// <summary>An object of schemas by name.</summary>
    public bool TrySubschemasByName([NotNullWhen(true)] out Dictionary<string, SchemaNode>? schemas)
    {
        schemas = null;
        if (Value.ValueKind != JsonValueKind.Object)
        {
            Invalid("an object of schemas");
            return false;
        }
        schemas = new(StringComparer.Ordinal);
        foreach (var property in Value.EnumerateObject())
            schemas[property.Name] = Compiler.Compile(property.Value, JsonPointer.Append(Pointer, property.Name));
        return true;
    }
}
