namespace Sos.Executors.Mcp.Stdio;

/// <summary>
/// What a server's program finds in its environment: where programs and the home folder are, the language, and what was
/// configured for it. Never what SOS itself was given, which holds the database's password among others.
/// </summary>
internal static class ServerEnvironment
{
    private static readonly string[] Passed = OperatingSystem.IsWindows()
        // Without these, most Windows programs do not start.
        ? ["PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "TEMP", "TMP", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES", "PROGRAMDATA"]
        : ["PATH", "HOME", "LANG"];

    /// <summary>The variables for one server.</summary>
    public static Dictionary<string, string> For(McpServerOptions server)
    {
        var environment = new Dictionary<string, string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var name in Passed)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                environment[name] = value;
        }
        foreach (var (name, value) in server.Env)
            environment[name] = value;
        return environment;
    }

    /// <summary>The program's file: as it stands if it is a path, otherwise the first of that name on the server's PATH; null if there is none.</summary>
    public static string? FindProgram(string command, IReadOnlyDictionary<string, string> environment)
    {
        if (command.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
            return File.Exists(command) ? Path.GetFullPath(command) : null;
        string[] endings = OperatingSystem.IsWindows() ? ["", .. environment.GetValueOrDefault("PATHEXT", ".EXE;.CMD;.BAT").Split(';')] : [""];
        return environment.GetValueOrDefault("PATH", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, command + ending)))
            .FirstOrDefault(IsProgram);
    }

    private static bool IsProgram(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
