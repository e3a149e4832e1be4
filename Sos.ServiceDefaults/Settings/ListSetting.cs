using Microsoft.Extensions.Configuration;

namespace Sos.ServiceDefaults.Settings;

/// <summary>Settings that are lists.</summary>
public static class ListSetting
{
    /// <summary>
    /// A list as configuration files write it (<c>Key:0</c>, <c>Key:1</c>), or as one text with commas, which is handier
    /// in an environment variable. Empty entries are left out.
    /// </summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="key">The setting.</param>
    public static IReadOnlyList<string> GetList(this IConfiguration configuration, string key)
    {
        var section = configuration.GetSection(key);
        var inline = (section.Value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. inline, .. section.GetChildren().Select(child => child.Value?.Trim()).OfType<string>().Where(value => value.Length > 0)];
    }
}
