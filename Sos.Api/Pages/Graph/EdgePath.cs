using System.Globalization;
using System.Text;

namespace Sos.Api.Pages.Graph;

/// <summary>An edge as the data of an SVG path.</summary>
internal static class EdgePath
{
    /// <summary>Straight where it stays at its height, an S-curve where it changes it; ends behind the arrow head.</summary>
    public static string Line(PlacedEdge edge)
    {
        var points = edge.Points;
        var path = new StringBuilder(32 * points.Count);
        path.Append(CultureInfo.InvariantCulture, $"M{points[0].X:0.#} {points[0].Y:0.#}");
        for (var i = 1; i < points.Count; i++)
        {
            var (a, b) = (points[i - 1], points[i]);
            if (i == points.Count - 1)
                b = b with { X = b.X + (edge.IsBackward ? 5 : -5) };
            var middle = (a.X + b.X) / 2;
            if (Math.Abs(a.Y - b.Y) < 0.05)
                path.Append(CultureInfo.InvariantCulture, $"H{b.X:0.#}");
            else
                path.Append(CultureInfo.InvariantCulture, $"C{middle:0.#} {a.Y:0.#} {middle:0.#} {b.Y:0.#} {b.X:0.#} {b.Y:0.#}");
        }
        return path.ToString();
    }

    /// <summary>The arrow head at an edge's end.</summary>
    public static string Head(PlacedEdge edge)
    {
        var end = edge.Points[^1];
        var back = edge.IsBackward ? 9 : -9;
        return string.Create(CultureInfo.InvariantCulture, $"M{end.X:0.#} {end.Y:0.#}l{back} -4.5v9z");
    }
}
