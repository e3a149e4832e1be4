using System.Globalization;
using Sos.Api.Problems;

namespace Sos.Api.Pages.Costs;

/// <summary>An amount of US dollars as somebody types it.</summary>
internal static class Dollars
{
    /// <summary>An amount in as many digits as people care for: cents, or of less than ten cents the first that count.</summary>
    public static decimal Round(decimal usd) => Math.Abs(usd) switch
    {
        >= 0.1m => Math.Round(usd, 2),
        >= 0.001m => Math.Round(usd, 4),
        _ => usd,
    };

    /// <summary>Reads an amount such as <c>250</c>, <c>$12.50</c> or <c>0.1</c>.</summary>
    /// <exception cref="ProblemException">It is none.</exception>
    public static decimal Read(string text) =>
        decimal.TryParse(text.Trim().TrimStart('$'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            ? amount
            : throw ProblemCatalog.Invalid("invalid_budget", $"'{text}' is no amount. Write one such as 250 or 0.50.", [new("/limitUsd", "invalid_amount", "Write an amount such as 250 or 0.50.")]);
}
