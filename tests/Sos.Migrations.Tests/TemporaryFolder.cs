namespace Sos.Migrations.Tests;

/// <summary>A folder that every user may enter, removed at the end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const UnixFileMode EveryoneEnters = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public TemporaryFolder()
    {
        Path = Directory.CreateTempSubdirectory("sos-test-").FullName;
        Open(Path);
    }

    public string Path { get; }

    /// <summary>A folder below with executable files of the given text.</summary>
    public string WithPrograms(string relative, string script, params string[] names)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, relative)).FullName;
        for (var each = folder; each != Path; each = System.IO.Path.GetDirectoryName(each)!)
            Open(each);
        foreach (var name in names)
        {
            var file = System.IO.Path.Combine(folder, name);
            File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
            Open(file);
        }
        return folder;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static void Open(string path) => File.SetUnixFileMode(path, EveryoneEnters);
}
