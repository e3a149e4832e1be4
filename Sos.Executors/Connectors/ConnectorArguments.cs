using System.Buffers;
using System.Text.Json;
using Sos.Workflows.Connectors;

namespace Sos.Executors.Connectors;

/// <summary>Arguments and settings of a call, checked and with their defaults.</summary>
internal static class ConnectorArguments
{
    private const int MaxShown = 10;

    /// <summary>The arguments as one object.</summary>
    /// <exception cref="ConnectorException">They don't fit the action's parameters (<c>invalid_arguments</c>).</exception>
    public static JsonElement Of(ActionPlan? plan, ConnectorCall call)
    {
        var given = call.With.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? Empty : call.With;
        if (given.ValueKind != JsonValueKind.Object)
            throw new ConnectorException("invalid_arguments", "with is an object of the action's arguments.");
        if (plan is null)
            return given;
        var complete = Write(writer =>
        {
            foreach (var argument in given.EnumerateObject())
            {
                // What is optional and null is not there: so an expression that found nothing leaves its argument out.
                if (argument.Value.ValueKind != JsonValueKind.Null || !plan.Action.Parameters.TryGetValue(argument.Name, out var parameter) || parameter.Required || AdmitsNull(parameter.Schema))
                    argument.WriteTo(writer);
            }
            foreach (var (name, parameter) in plan.Action.Parameters)
            {
                if (parameter.Schema.ValueKind == JsonValueKind.Object && parameter.Schema.TryGetProperty("default", out var value)
                    && (!given.TryGetProperty(name, out var own) || (own.ValueKind == JsonValueKind.Null && !AdmitsNull(parameter.Schema))))
                {
                    writer.WritePropertyName(name);
                    value.WriteTo(writer);
                }
            }
        });
        var problems = plan.Check(complete);
        return problems.Count == 0
            ? complete
            : throw new ConnectorException("invalid_arguments", $"The arguments of '{call.Action}' of the connector '{call.Connector}' don't fit. {string.Join(' ', problems.Take(MaxShown).Select(p => $"{(p.Pointer.Length == 0 ? "with" : "with" + p.Pointer)}: {p.Message}"))}");
    }

    /// <summary>The arguments with null for every declared one that is not there.</summary>
    public static JsonElement WithAbsentAsNull(ActionPlan? plan, JsonElement arguments) => plan is null ? arguments : Write(writer =>
    {
        foreach (var argument in arguments.EnumerateObject())
            argument.WriteTo(writer);
        foreach (var name in plan.Action.Parameters.Keys.Where(n => !arguments.TryGetProperty(n, out _)))
            writer.WriteNull(name);
    });

    /// <summary>The settings.</summary>
    /// <exception cref="ConnectorException">One is missing or unknown (<c>invalid_settings</c>).</exception>
    public static IReadOnlyDictionary<string, string> Settings(ConnectorManifest manifest, IReadOnlyDictionary<string, string> given)
    {
        if (given.Keys.FirstOrDefault(k => !manifest.Settings.ContainsKey(k)) is { } unknown)
            throw new ConnectorException("invalid_settings", $"The connector '{manifest.Id}' has no setting '{unknown}'{(manifest.Settings.Count == 0 ? "" : $", only {string.Join(", ", manifest.Settings.Keys)}")}.");
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, setting) in manifest.Settings)
        {
            var value = given.GetValueOrDefault(name) is { Length: > 0 } own ? own : setting.Default;
            settings[name] = value ?? throw new ConnectorException("invalid_settings", $"The connector '{manifest.Id}' needs the setting '{name}'. {setting.Description}".TrimEnd());
        }
        return settings;
    }

    // A null that a parameter's type names means something, such as taking a value away.
    private static bool AdmitsNull(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var type)
        && (type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => t.ValueEquals("null"u8)) : type.ValueKind == JsonValueKind.String && type.ValueEquals("null"u8));

    private static readonly JsonElement Empty = JsonElement.Parse("{}"u8);

    /// <summary>Makes an object of the members that are written.</summary>
    public static JsonElement Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
