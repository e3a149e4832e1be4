using System.Globalization;

namespace Sos.Api.Pages.Charts;

/// <summary>A series of a chart.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Css">The class that colours it, such as <c>series-1</c> or <c>fill-failed</c>.</param>
/// <param name="Values">Its value in each column; none is negative.</param>
/// <param name="Href">The list behind it; null for none.</param>
public sealed record ChartSeries(string Name, string Css, IReadOnlyList<double> Values, string? Href = null)
{
    /// <summary>All columns together.</summary>
    public double Total => Values.Sum();

    /// <summary>What the legend says instead of the total; null for the total.</summary>
    public string? Note { get; init; }
}

/// <summary>A column of a chart.</summary>
/// <param name="Text">What it is, such as a day or a time in UTC.</param>
/// <param name="At">Its time, where the viewer's zone matters.</param>
public sealed record ChartColumn(string Text, DateTimeOffset? At = null);

/// <summary>A rectangle of a stacked chart, in columns across and percents down.</summary>
/// <param name="Column">The column, from 0.</param>
/// <param name="Css">The class that colours it.</param>
/// <param name="Y">Its upper edge: 0 is the top, 100 the bottom.</param>
/// <param name="Height">Its height.</param>
public readonly record struct ChartBar(int Column, string Css, double Y, double Height);

/// <summary>Where bars stand.</summary>
internal static class BarLayout
{
    /// <summary>The top of a scale for values up to <paramref name="max"/>: 1, 2, 4 or 5 times a power of ten, so that its half is a round number as well.</summary>
    public static double Top(double max)
    {
        if (!(max > 0) || double.IsInfinity(max))
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(max)));
        foreach (var step in (ReadOnlySpan<double>)[1, 2, 4, 5])
        {
            if (max <= step * power * (1 + 1e-9))
                return step * power;
        }
        return 10 * power;
    }

    /// <summary>The highest column.</summary>
    public static double Highest(IReadOnlyList<ChartSeries> series, int columns)
    {
        var highest = 0.0;
        for (var i = 0; i < columns; i++)
            highest = Math.Max(highest, series.Sum(s => s.Values[i]));
        return highest;
    }

    /// <summary>The bars, the first series at the bottom; values of 0 have none.</summary>
    public static IEnumerable<ChartBar> Stack(IReadOnlyList<ChartSeries> series, int columns, double top)
    {
        for (var column = 0; column < columns; column++)
        {
            var y = 100.0;
            foreach (var one in series)
            {
                var height = one.Values[column] / top * 100;
                if (!(height > 0))
                    continue;
                y -= height;
                yield return new ChartBar(column, one.Css, Math.Round(y, 3), Math.Round(height, 3));
            }
        }
    }

    /// <summary>The points of a line through values, in columns across and percents down.</summary>
    public static string Line(IReadOnlyList<double> values)
    {
        var top = Top(values.Count == 0 ? 0 : values.Max());
        return string.Join(' ', values.Select((v, i) => string.Create(CultureInfo.InvariantCulture, $"{i},{Math.Round(100 - v / top * 100, 2)}")));
    }
}
