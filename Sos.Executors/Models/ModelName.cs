namespace Sos.Executors.Models;

/// <summary>A model and the connection it is called through.</summary>
/// <param name="Connection">The connection's name; null when the model's name tells nothing of it.</param>
/// <param name="Model">The model, as its provider calls it.</param>
/// <remarks>
/// A named provider wins. Otherwise <c>connection/model</c> names both, or the name belongs to a well-known family.
/// What stands before a slash may also be part of the model's own name (<c>openai/gpt-oss-120b</c> at Groq), so a
/// caller with a named provider keeps the whole.
/// </remarks>
internal sealed record ModelName(string? Connection, string Model)
{
    private static readonly (string Prefix, string Connection)[] Families =
    [
        ("gpt-", "openai"), ("chatgpt-", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"), ("text-embedding-", "openai"),
        ("claude-", "anthropic"), ("demo-", "demo"), ("local-", "local"),
    ];

    /// <summary>Finds out which connection a model is called through.</summary>
    public static ModelName Parse(string? provider, string model)
    {
        if (!string.IsNullOrWhiteSpace(provider))
            return new(provider, model);
        if (model is "demo" or "local")
            return new(model, model);
        if (model.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && slash < model.Length - 1)
            return new(model[..slash], model[(slash + 1)..]);
        var family = Array.Find(Families, f => model.StartsWith(f.Prefix, StringComparison.OrdinalIgnoreCase));
        return new(family.Connection, model);
    }
}
