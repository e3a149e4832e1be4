using Sos.Api.Pages.Graph;

namespace Sos.Api.Pages.Editor;

/// <summary>What is seen of a node on the canvas. Equal faces look the same, so that a node is drawn anew only when something on it differs.</summary>
public sealed record NodeFace
{
    /// <summary>The node's id.</summary>
    public required string Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Label { get; init; }

    /// <summary>The line below its name.</summary>
    public required string Caption { get; init; }

    /// <summary>What its type is called.</summary>
    public required string TypeTitle { get; init; }

    /// <summary>The group of its type.</summary>
    public required string Category { get; init; }

    /// <summary>The icon's path.</summary>
    public required string Icon { get; init; }

    /// <summary>Its left edge.</summary>
    public required double X { get; init; }

    /// <summary>Its upper edge.</summary>
    public required double Y { get; init; }

    /// <summary>Its height.</summary>
    public required double Height { get; init; }

    /// <summary>Whether it is selected.</summary>
    public required bool IsSelected { get; init; }

    /// <summary>How many problems it has.</summary>
    public required int Problems { get; init; }

    /// <summary>What edges leave it by.</summary>
    public required IReadOnlyList<PortFace> Ports { get; init; }

    /// <summary>What is written on it, cut to fit.</summary>
    public string Name => NodeLook.Cut(Label, 18);

    /// <summary>Its name to those who can't see it: first what is written on it, in the same words, so that who sees it and speaks to it is understood.</summary>
    public string Spoken => $"{Name} {Caption}{(Problems > 0 ? " !" : "")}, {Label}{(Problems > 0 ? $", {Problems} {(Problems == 1 ? "problem" : "problems")}" : "")}";

    internal static NodeFace Of(EditorNode node, Point at, bool isSelected, int problems) => new()
    {
        Id = node.Id,
        Label = node.Label,
        Caption = node.BodySize is { } size ? $"{node.Type!.Title} · {size} inside" : NodeLook.Cut(node.Type?.Title ?? node.TypeName, 20),
        TypeTitle = node.Type?.Title ?? node.TypeName,
        Category = node.Type?.Category ?? "unknown",
        Icon = NodeIcons.Of(node.TypeName),
        X = at.X,
        Y = at.Y,
        Height = CanvasPlacement.HeightOf(node),
        IsSelected = isSelected,
        Problems = problems,
        Ports = [.. node.Ports.Select(p => CanvasPlacement.PortOf(node, p) is var place ? new PortFace(p.Key, p.OnError ? null : p.When, p.OnError, place.X, place.Y) : null!)],
    };

    /// <summary>Whether it looks the same.</summary>
    public bool Equals(NodeFace? other) => other is not null
        && (Id, Label, Caption, TypeTitle, Category, IsSelected, Problems) == (other.Id, other.Label, other.Caption, other.TypeTitle, other.Category, other.IsSelected, other.Problems)
        && (Icon, X, Y, Height) == (other.Icon, other.X, other.Y, other.Height)
        && Ports.SequenceEqual(other.Ports);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Label, X, Y, IsSelected, Problems);
}

/// <summary>A port of a node on the canvas.</summary>
/// <param name="Key">The port, for the browser.</param>
/// <param name="Branch">The branch; null for none.</param>
/// <param name="OnError">Whether it is the way on when the node fails.</param>
/// <param name="X">Its place, from the node's left edge.</param>
/// <param name="Y">Its place, from the node's upper edge.</param>
public sealed record PortFace(string Key, string? Branch, bool OnError, double X, double Y);

/// <summary>What is seen of an edge on the canvas.</summary>
/// <param name="Index">Its place in the graph's edges.</param>
/// <param name="From">The node it leaves.</param>
/// <param name="To">The node it enters.</param>
/// <param name="Label">What it is taken on; empty for whatever happens.</param>
/// <param name="OnError">Whether it is taken when the node fails.</param>
/// <param name="IsSelected">Whether it is selected.</param>
/// <param name="IsWrong">Whether something is wrong with it.</param>
/// <param name="Ax">Where it leaves, from the left.</param>
/// <param name="Ay">Where it leaves, from above.</param>
/// <param name="Bx">Where it enters, from the left.</param>
/// <param name="By">Where it enters, from above.</param>
public sealed record EdgeFace(int Index, string From, string To, string Label, bool OnError, bool IsSelected, bool IsWrong, double Ax, double Ay, double Bx, double By);
