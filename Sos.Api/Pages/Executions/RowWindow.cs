namespace Sos.Api.Pages.Executions;

/// <summary>The rows of a long list that are in sight, and a few around them.</summary>
/// <param name="First">The first one's index.</param>
/// <param name="Count">How many.</param>
/// <param name="Total">How many rows the list has.</param>
/// <param name="RowHeight">Each row's height in pixels.</param>
public readonly record struct RowWindow(int First, int Count, int Total, int RowHeight)
{
    private const int Around = 12;

    /// <summary>The height of the rows before, in pixels.</summary>
    public int Before => First * RowHeight;

    /// <summary>The height of the rows after, in pixels.</summary>
    public int After => (Total - First - Count) * RowHeight;

    /// <summary>The rows at a place.</summary>
    /// <param name="top">How far the list is scrolled, in pixels.</param>
    /// <param name="height">How much of it is in sight, in pixels.</param>
    /// <param name="total">How many rows it has.</param>
    /// <param name="rowHeight">Each row's height in pixels.</param>
    public static RowWindow At(double top, double height, int total, int rowHeight)
    {
        // In steps, so that not every pixel is another window.
        var first = Math.Clamp((int)(top / rowHeight) / Around * Around - Around, 0, Math.Max(0, total - 1));
        var count = Math.Min(total - first, ((int)(height / rowHeight) / Around + 4) * Around);
        return new RowWindow(first, count, total, rowHeight);
    }
}
