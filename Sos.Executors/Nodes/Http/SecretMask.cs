using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sos.Executors.Nodes.Http;

/// <summary>The credentials of one request, to be blotted out where the other side repeats them.</summary>
internal sealed class SecretMask
{
    /// <summary>What a secret becomes.</summary>
    public const string Mask = "***";

    // A shorter value would be found in innocent text.
    private const int MinLength = 6;

    private readonly List<string> values = [];
    private readonly HashSet<string> headers = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> parameters = new(StringComparer.Ordinal);

    /// <summary>Headers that hold a secret under a name of the author's choice.</summary>
    public IReadOnlySet<string> Headers => headers;

    /// <summary>Query parameters that hold a secret.</summary>
    public IReadOnlySet<string> Parameters => parameters;

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => values.Count == 0;

    /// <summary>Adds a secret value.</summary>
    public void Add(string? value)
    {
        if (value is not { Length: >= MinLength })
            return;
        // Also as it stands inside JSON that is shown as text.
        foreach (var form in (string[])[value, JsonEncodedText.Encode(value).ToString(), JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString()])
        {
            if (!values.Contains(form))
                values.Add(form);
        }
    }

    /// <summary>Adds a secret that a header holds.</summary>
    public void AddHeader(string name, string value)
    {
        headers.Add(name);
        Add(value);
    }

    /// <summary>Adds a secret that a query parameter holds.</summary>
    public void AddParameter(string name, string value)
    {
        parameters.Add(name);
        Add(value);
        Add(Uri.EscapeDataString(value));
    }

    /// <summary>The text without the secrets.</summary>
    public string Apply(string text)
    {
        foreach (var value in values)
            text = text.Replace(value, Mask, StringComparison.Ordinal);
        return text;
    }
}
