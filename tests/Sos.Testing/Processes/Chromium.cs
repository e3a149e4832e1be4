namespace Sos.Testing.Processes;

/// <summary>A Chromium that is installed, where there is one: <c>SOS_CHROMIUM</c>, then PATH, then the usual places.</summary>
public static class Chromium
{
    /// <summary>
    /// Its program; null where there is none. One that was built to run without a screen comes first: it draws no window of
    /// its own around each page, which is a third of the time.
    /// </summary>
    public static string? Path { get; } = Find(["chromium-headless-shell", "chrome-headless-shell", .. Browsers]);

    /// <summary>The program of one as people use it; null where there is none.</summary>
    public static string? Browser { get; } = Find(Browsers);

    /// <summary>What it is started with: no sandbox, since containers and CI run as root, and nothing of its own over the network.</summary>
    public static readonly string[] Arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"];

    // A property: fields would be set after the properties above have asked for it.
    private static string[] Browsers => ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome.exe", "msedge.exe"];

    private static string? Find(string[] names)
    {
        if (Environment.GetEnvironmentVariable("SOS_CHROMIUM") is { Length: > 0 } given)
            return given;
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
