namespace Sos.Pages.Tests;

/// <summary>A Chromium that is installed, where there is one: <c>SOS_CHROMIUM</c>, then PATH, then the usual places.</summary>
internal static class Chromium
{
    public static string? Path { get; } = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SOS_CHROMIUM") is { Length: > 0 } given)
            return given;
        string[] names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome.exe", "msedge.exe"];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator);
        string[] usual =
        [
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "Google", "Chrome", "Application", "chrome.exe"),
            System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFilesX86), "Microsoft", "Edge", "Application", "msedge.exe"),
        ];
        return folders.SelectMany(folder => names.Select(name => System.IO.Path.Combine(folder, name))).Concat(usual).FirstOrDefault(File.Exists);
    }
}

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
