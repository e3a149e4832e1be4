using System.Text.Json;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>Parameters that go into the header <c>Cookie</c>, which holds all of them.</summary>
internal static class CookieParameters
{
    /// <summary>Whether a cookie may be called so (RFC 6265 §4.1.1), and an expression may say it.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= 200 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>The header's template: those that have an argument, null where none has.</summary>
    /// <param name="cookies">The cookies, by the names of their arguments.</param>
    public static JsonElement Template(IEnumerable<(string Argument, string Cookie)> cookies)
    {
        var parts = cookies.Select(c => $"args[\"{c.Argument}\"] == null ? \"\" : \"{c.Cookie}=\" + string(args[\"{c.Argument}\"])").ToList();
        var list = $"[{string.Join(", ", parts)}].filter(c, c != \"\")";
        return JsonSerializer.SerializeToElement($"{{{{ {list} == [] ? null : {list}.join(\"; \") }}}}", ConnectorJson.Default.String);
    }
}
