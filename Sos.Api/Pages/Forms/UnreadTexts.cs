using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Sos.Api.Pages.Forms;

/// <summary>A text that somebody typed where it is no value. The value before it stays until the text is one.</summary>
/// <param name="Owner">What the field is of, such as a node; empty for the whole.</param>
/// <param name="Pointer">Where its value is in that.</param>
/// <param name="Text">The text as it was typed.</param>
/// <param name="Mistake">Why it is no value, in a sentence.</param>
/// <param name="Former">The value that stays meanwhile; null for none.</param>
internal sealed record UnreadText(string Owner, string Pointer, string Text, string Mistake, JsonNode? Former);

/// <summary>The texts of a form that are no values yet. They never change: every change gives others.</summary>
internal sealed class UnreadTexts
{
    private readonly ImmutableList<UnreadText> all;

    private UnreadTexts(ImmutableList<UnreadText> all) => this.all = all;

    /// <summary>No texts.</summary>
    public static UnreadTexts None { get; } = new([]);

    /// <summary>All of them, in the order in which they came to be.</summary>
    public IReadOnlyList<UnreadText> All => all;

    /// <summary>The text of a field; null where what it says is its value.</summary>
    public UnreadText? Find(string owner, string pointer) => all.Find(t => t.Owner == owner && t.Pointer == pointer);

    /// <summary>With a text, in place of what the field said before.</summary>
    public UnreadTexts With(UnreadText text)
    {
        var index = all.FindIndex(t => t.Owner == text.Owner && t.Pointer == text.Pointer);
        return new UnreadTexts(index < 0 ? all.Add(text) : all.SetItem(index, text));
    }

    /// <summary>Without those of a place and of all in it: something else is said there. The very texts where it has none.</summary>
    public UnreadTexts Without(string owner, string pointer) => Of(all.RemoveAll(t => t.Owner == owner && IsIn(t.Pointer, pointer)));

    /// <summary>The same where the place is an item that was taken out of a list: those behind it move up.</summary>
    public UnreadTexts WithoutItem(string owner, string pointer)
    {
        var cut = pointer.LastIndexOf('/') + 1;
        var (list, index) = (pointer[..cut], int.Parse(pointer.AsSpan(cut), NumberStyles.None, CultureInfo.InvariantCulture));
        return Of([.. Without(owner, pointer).all.Select(t => t.Owner == owner && t.Pointer.StartsWith(list, StringComparison.Ordinal) ? t with { Pointer = list + MovedUp(t.Pointer[cut..], index) } : t)]);
    }

    /// <summary>Those whose fields are still there with the values that they had; of the others somebody said something else.</summary>
    /// <param name="value">The value of an owner's field, and whether the owner is there.</param>
    public UnreadTexts Kept(Func<string, string, (bool IsThere, JsonNode? Value)> value) =>
        Of(all.RemoveAll(t => value(t.Owner, t.Pointer) is var (isThere, now) && (!isThere || !JsonNode.DeepEquals(now, t.Former))));

    /// <summary>Each as it is told.</summary>
    public UnreadTexts Select(Func<UnreadText, UnreadText> change) => new([.. all.Select(change)]);

    private static string MovedUp(string rest, int taken)
    {
        var number = rest.Split('/')[0];
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index > taken
            ? string.Create(CultureInfo.InvariantCulture, $"{index - 1}{rest[number.Length..]}")
            : rest;
    }

    private static bool IsIn(string pointer, string part) => pointer == part || pointer.StartsWith(part + "/", StringComparison.Ordinal);

    private UnreadTexts Of(ImmutableList<UnreadText> texts) => ReferenceEquals(texts, all) ? this : texts.IsEmpty ? None : new UnreadTexts(texts);
}
