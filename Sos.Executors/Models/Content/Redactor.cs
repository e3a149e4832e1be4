using System.Text.RegularExpressions;
using Sos.Executors.Secrets;

namespace Sos.Executors.Models.Content;

/// <summary>Blots out keys in text that is kept or shown: a connection's own, and whatever has the shape of one.</summary>
internal sealed class Redactor
{
    // Keys of model providers, GitHub, AWS, Google, Slack and Stripe, bearer tokens, JSON web tokens, private keys, and
    // passwords in URLs. Without backtracking, so that no text takes longer than its length: an answer that has been
    // paid for must not get lost here.
    private static readonly Regex Shapes = new(
        """
        \bsk-[A-Za-z0-9_-]{16,}
        |\b(?:gsk|xai|pplx|hf|glpat|ghp|gho|ghs|ghu|github_pat|rk_live|sk_live|pk_live|sk_test)[-_][A-Za-z0-9_-]{16,}
        |\b(?:AKIA|ASIA)[A-Z0-9]{16}\b
        |\bAIza[A-Za-z0-9_-]{30,}
        |\bxox[abprs]-[A-Za-z0-9-]{10,}
        |\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}
        |(?<keep>\b[Bb]earer\ +)[A-Za-z0-9._~+/=-]{16,}
        |(?<keep>://[^\s/:@]+:)[^\s/@]+(?<rest>@)
        |-----BEGIN\ [A-Z ]*PRIVATE\ KEY-----[^-]*(?:-----END\ [A-Z ]*PRIVATE\ KEY-----)?
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private readonly SecretScrubber known = new();

    /// <summary>A redactor that also knows these secrets.</summary>
    public Redactor(params string?[] secrets)
    {
        foreach (var secret in secrets)
            known.Add(secret);
    }

    /// <summary>The text with <c>***</c> for secrets.</summary>
    public string Apply(string text) => Shapes.Replace(known.Apply(text), m => m.Groups["keep"].Value + SecretScrubber.Mask + m.Groups["rest"].Value);

    /// <summary>The text redacted and no longer than a number of characters; what is cut off is replaced by an ellipsis.</summary>
    public string Shorten(string text, int maxLength)
    {
        // Redacted first: half a key would no longer have the shape of one. What can't matter any more need not be looked at.
        const int Margin = 8 * 1024;
        text = Apply(text.Length > maxLength + Margin ? text[..(maxLength + Margin)] : text);
        if (text.Length <= maxLength)
            return text;
        var end = Math.Max(0, maxLength - 1);
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        return text[..end] + "…";
    }
}
