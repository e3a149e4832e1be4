namespace Sos.Testing.Models;

/// <summary>An answer as it goes over the wire.</summary>
/// <param name="ContentType">Its media type.</param>
/// <param name="Pieces">The body, in the pieces in which it is sent.</param>
internal sealed record WireAnswer(string ContentType, IReadOnlyList<string> Pieces)
{
    public static WireAnswer Json(string body)
    {
        // Two pieces, so that an answer that is not streamed can be cut in the middle too.
        var half = body.Length / 2;
        return new("application/json", [body[..half], body[half..]]);
    }

    /// <summary>Text in the pieces in which models give it.</summary>
    public static IEnumerable<string> Tokens(string text)
    {
        const int Size = 6;
        for (var i = 0; i < text.Length; i += Size)
            yield return text.Substring(i, Math.Min(Size, text.Length - i));
    }
}
