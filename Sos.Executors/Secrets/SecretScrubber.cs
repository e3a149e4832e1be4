using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Executors.Secrets;

/// <summary>
/// The secrets that one attempt at a node has used. Whatever leaves the attempt passes through here, and <c>***</c>
/// stands for each of them, also as it looks inside JSON, a URL or base64. Several threads may use it at once.
/// </summary>
public sealed class SecretScrubber
{
    /// <summary>What a secret becomes.</summary>
    public const string Mask = "***";

    /// <summary>The shortest value that is looked for, in characters; a shorter one would be found in innocent text.</summary>
    public const int MinLength = 6;

    private readonly Lock gate = new();

    // Longest first, so that no part of a form is replaced before the whole is looked for.
    private volatile string[] forms = [];

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => forms.Length == 0;

    /// <summary>Adds a secret; values shorter than <see cref="MinLength"/> are left out.</summary>
    public void Add(string? secret)
    {
        if (secret is not { Length: >= MinLength })
            return;
        lock (gate)
            forms = [.. forms.Concat(SecretForms.Of(secret)).Distinct(StringComparer.Ordinal).OrderByDescending(f => f.Length)];
    }

    /// <summary>Adds the value of a header, with its scheme (<c>Bearer …</c>) and without.</summary>
    public void AddHeader(string value)
    {
        Add(value);
        Add(value[(value.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
    }

    /// <summary>The text without the secrets.</summary>
    public string Apply(string text)
    {
        foreach (var form in forms)
            text = text.Replace(form, Mask, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The beginning of a longer text without the secrets, and without one that was cut in half at its end.</summary>
    public string ApplyToStart(string text)
    {
        text = Apply(text);
        foreach (var form in forms)
        {
            for (var length = Math.Min(form.Length - 1, text.Length); length >= MinLength; length--)
            {
                if (text.AsSpan().EndsWith(form.AsSpan(0, length), StringComparison.Ordinal))
                    return text[..^length] + Mask;
            }
        }
        return text;
    }

    /// <summary>The value with every text, property name and number in it passed through <see cref="Apply(string)"/>, and storable.</summary>
    public JsonElement Apply(JsonElement value) =>
        IsEmpty || value.ValueKind == JsonValueKind.Undefined ? value : JsonStrings.Rewrite(StorableJson.Clean(value), Apply);

    /// <inheritdoc cref="Apply(JsonElement)"/>
    public JsonElement? Apply(JsonElement? value) => value is { } element ? Apply(element) : null;
}
