namespace Sos.Api.Pages.Graph;

/// <summary>A graph to be laid out. Edges that name no node of it, or lead back to where they start, are left out.</summary>
/// <param name="Nodes">The boxes; among equals, earlier ones come out higher. Ids are unique.</param>
/// <param name="Edges">The ways between them. Cycles are broken where the order of nodes suggests it.</param>
public sealed record LayoutGraph(IReadOnlyList<LayoutNode> Nodes, IReadOnlyList<LayoutEdge> Edges);

/// <summary>A box.</summary>
/// <param name="Id">Unique in its graph.</param>
/// <param name="Width">In pixels; with a body, the least.</param>
/// <param name="Height">In pixels; with a body, the least.</param>
/// <param name="Body">A graph drawn within the box, below its head; null for none.</param>
public sealed record LayoutNode(string Id, double Width, double Height, LayoutGraph? Body = null);

/// <summary>A way from one box to another.</summary>
/// <param name="From">The box it leaves.</param>
/// <param name="To">The box it enters.</param>
/// <param name="Label">A word on it; null for none.</param>
/// <param name="IsError">Whether it is the way of failures, which leaves its box further down.</param>
public sealed record LayoutEdge(string From, string To, string? Label = null, bool IsError = false);

/// <summary>A graph with coordinates. Its upper left corner is the origin.</summary>
/// <param name="Width">In pixels, margins included.</param>
/// <param name="Height">In pixels, margins included.</param>
/// <param name="Nodes">All boxes; one with a body is followed by what is in it.</param>
/// <param name="Edges">All ways.</param>
public sealed record PlacedGraph(double Width, double Height, IReadOnlyList<PlacedNode> Nodes, IReadOnlyList<PlacedEdge> Edges);

/// <summary>A box in its place.</summary>
/// <param name="Node">The box.</param>
/// <param name="X">Its left side.</param>
/// <param name="Y">Its upper side.</param>
/// <param name="Width">Its width, which a body may have stretched.</param>
/// <param name="Height">Its height, which a body or many edges side by side may have stretched.</param>
/// <param name="Layer">Its column, from 0 on; counted anew in a body.</param>
/// <param name="Depth">How many boxes it is in.</param>
public sealed record PlacedNode(LayoutNode Node, double X, double Y, double Width, double Height, int Layer, int Depth);

/// <summary>A way in its place.</summary>
/// <param name="Edge">The way.</param>
/// <param name="Points">Where it passes; between two points it goes on horizontally, turns and arrives horizontally.</param>
/// <param name="LabelAt">The middle of its label.</param>
/// <param name="IsBackward">Whether it leads from right to left, because it closes a cycle.</param>
public sealed record PlacedEdge(LayoutEdge Edge, IReadOnlyList<LayoutPoint> Points, LayoutPoint LabelAt, bool IsBackward);

/// <summary>A point; y grows downwards.</summary>
/// <param name="X">Pixels from the left.</param>
/// <param name="Y">Pixels from the top.</param>
public readonly record struct LayoutPoint(double X, double Y);

/// <summary>Distances of a layout, in pixels.</summary>
internal static class LayoutSpace
{
    public const double Margin = 20;

    /// <summary>Between two columns, at least; labels widen it.</summary>
    public const double BetweenLayers = 56;

    /// <summary>Between two boxes of a column.</summary>
    public const double BetweenNodes = 26;

    /// <summary>Between an edge that passes through a column and its neighbour there.</summary>
    public const double BetweenEdges = 16;

    /// <summary>The head of a box with a body.</summary>
    public const double Head = 60;

    /// <summary>Between a box and its body.</summary>
    public const double BodyPadding = 16;

    /// <summary>Between two edges with the same ends.</summary>
    public const double BetweenParallels = 18;

    /// <summary>Between the uppermost or lowest edge at a box and its corner, at least.</summary>
    public const double EdgeInset = 10;

    /// <summary>About how wide a label is drawn.</summary>
    public static double LabelWidth(string? label) => label is null ? 0 : (Math.Min(label.Length, MaxLabel) * 6.6) + 14;

    /// <summary>Characters of a label that are drawn.</summary>
    public const int MaxLabel = 22;
}
