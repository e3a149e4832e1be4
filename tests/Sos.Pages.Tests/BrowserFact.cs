using Sos.Testing.Processes;

namespace Sos.Pages.Tests;

/// <summary>A test in a browser; skipped, with what to install, where there is none.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Missing;

    internal static string? Missing { get; } = Chromium.Path is null ? "There is no Chromium: install chromium, Chrome or Edge, or set SOS_CHROMIUM to its program." : null;
}

/// <summary>The same with data.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = BrowserFactAttribute.Missing;
}
