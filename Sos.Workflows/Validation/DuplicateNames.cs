using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>Finds properties that are there twice: JSON allows them, but only the last would count.</summary>
internal static class DuplicateNames
{
    public static void Check(JsonElement value, string pointer, ProblemList problems)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var property in value.EnumerateObject())
            {
                if (!names.Add(property.Name))
                    problems.Add(JsonPointer.Append(pointer, property.Name), ProblemCodes.DuplicateProperty, $"The property '{property.Name}' is there twice. Keep one of them.");
                if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    Check(property.Value, JsonPointer.Append(pointer, property.Name), problems);
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                if (item.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    Check(item, JsonPointer.Append(pointer, index), problems);
                index++;
            }
        }
    }
}
