using System.Globalization;
using System.Text;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>One result of a trial.</summary>
/// <param name="Name">What was measured, with its unit; the row of the table.</param>
/// <param name="Value">The result; NaN where it can't be measured here.</param>
/// <param name="Format">How it is printed.</param>
internal sealed record Figure(string Name, double Value, string Format = "N1");

/// <summary>Durations in milliseconds, and what is asked of them.</summary>
internal static class Percentile
{
    /// <summary>The value below which a share of a sample lies, by the nearest rank.</summary>
    public static double Of(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}

/// <summary>Prints trials side by side.</summary>
internal static class FigureTable
{
    /// <summary>A row per figure, a column per kind of trial, the medians of their rounds.</summary>
    public static string Markdown(IReadOnlyList<(string Title, List<IReadOnlyList<Figure>> Rounds)> columns)
    {
        var text = new StringBuilder();
        text.AppendLine($"| | {string.Join(" | ", columns.Select(c => c.Title))} |");
        text.AppendLine($"|---|{string.Concat(columns.Select(_ => "---:|"))}");
        for (var row = 0; row < columns[0].Rounds[0].Count; row++)
            text.AppendLine($"| {columns[0].Rounds[0][row].Name} | {string.Join(" | ", columns.Select(c => Cell(c.Rounds, row)))} |");
        return text.ToString();
    }

    private static string Cell(List<IReadOnlyList<Figure>> rounds, int row)
    {
        var median = Median([.. rounds.Select(r => r[row].Value)]);
        return double.IsNaN(median) ? "–" : median.ToString(rounds[0][row].Format, CultureInfo.InvariantCulture);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
