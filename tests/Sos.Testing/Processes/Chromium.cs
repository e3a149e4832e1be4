namespace Sos.Testing.Processes;

/// <summary>
/// A Chromium that is installed, where there is one: <c>SOS_CHROMIUM</c>, then PATH, then the usual places. One that was
/// built to run without a screen comes first: it draws no window of its own around each page, which is a third of the time.
/// </summary>
public static class Chromium
{
    /// <summary>Its program; null where there is none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>What it is started with: no sandbox, since containers and CI run as root, and nothing of its own over the network.</summary>
    public static readonly string[] Arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"];

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SOS_CHROMIUM") is { Length: > 0 } given)
            return given;
        string[] names = ["chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome.exe", "msedge.exe"];
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
