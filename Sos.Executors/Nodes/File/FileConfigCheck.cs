using System.Text.Json;
using Sos.Executors.Files;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Nodes.File;

/// <summary>What a definition's <c>file</c> config must satisfy beyond its schema.</summary>
internal static class FileConfigCheck
{
    private static readonly string[] Contents = ["text", "json", "rows", "base64"];

    /// <summary>Lists what is wrong.</summary>
    public static IEnumerable<ConfigProblem> Check(JsonElement config)
    {
        var action = config.TryGetProperty("action", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (action.Contains("{{", StringComparison.Ordinal))
            yield break;
        if (action != "list" && !config.TryGetProperty("path", out _))
            yield return new ConfigProblem("", "invalid_config", $"The action {action} needs a path.");
        if (action == "move" && !config.TryGetProperty("to", out _))
            yield return new ConfigProblem("", "invalid_config", "The action move needs to, the new path.");
        foreach (var name in (string[])["path", "to"])
        {
            if (config.TryGetProperty(name, out var path) && path.ValueKind == JsonValueKind.String
                && !path.GetString()!.Contains("{{", StringComparison.Ordinal) && !FilePath.TryParse(path.GetString(), out _, out var problem))
            {
                yield return new ConfigProblem($"/{name}", FileErrorCodes.PathNotAllowed, problem);
            }
        }
        string[] contents = [.. Contents.Where(c => config.TryGetProperty(c, out _))];
        if (action is not ("write" or "append"))
        {
            foreach (var extra in contents)
                yield return new ConfigProblem($"/{extra}", "invalid_config", $"{extra} goes with the actions write and append.");
        }
        else if (contents.Length == 0)
        {
            yield return new ConfigProblem("", "invalid_config", $"The action {action} needs one of {string.Join(", ", Contents)}.");
        }
        else
        {
            foreach (var extra in contents.Skip(1))
                yield return new ConfigProblem($"/{extra}", "invalid_config", $"A file has one content; remove {extra} or {contents[0]}.");
        }
    }
}
