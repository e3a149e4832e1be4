using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sos.Executors.Nodes.Http;

/// <summary>Statuses that count as success.</summary>
internal sealed partial class StatusSet
{
    private readonly List<(int From, int To)> ranges = [];

    /// <summary>200 to 299.</summary>
    public static StatusSet Success { get; } = new() { ranges = { (200, 299) } };

    /// <summary>Whether the status is among them.</summary>
    public bool Contains(int status) => ranges.Exists(r => r.From <= status && status <= r.To);

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", ranges.Select(r => r.From == r.To ? $"{r.From}" : $"{r.From}-{r.To}"));

    /// <summary>Reads numbers and ranges; <paramref name="problem"/> names the first that is neither.</summary>
    public static StatusSet Parse(IReadOnlyList<JsonElement>? expected, out string? problem)
    {
        problem = null;
        if (expected is null)
            return Success;
        var set = new StatusSet();
        foreach (var item in expected)
        {
            var match = Range().Match(ScalarText.Of(item) ?? "");
            if (!match.Success)
            {
                problem = $"expectedStatus holds {item.GetRawText()}, which is neither a status such as 404 nor a range such as \"200-299\".";
                break;
            }
            var from = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            set.ranges.Add((from, match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : from));
        }
        return set;
    }

    [GeneratedRegex(@"^([1-5][0-9][0-9])(?:-([1-5][0-9][0-9]))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Range();
}
