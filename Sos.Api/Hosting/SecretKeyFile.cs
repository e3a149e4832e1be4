using Sos.ServiceDefaults.Settings;
using Sos.Workflows.Secrets;

namespace Sos.Api.Hosting;

/// <summary>
/// The key that single-process mode encrypts secrets with: generated once, kept beside the database in a file that only
/// its owner may read. Without the file, what it encrypted can't be read again.
/// </summary>
internal static class SecretKeyFile
{
    public const string Name = "secret-key";

    /// <summary>Adds the file's key behind those that are configured; makes the file where there are none and it is missing.</summary>
    /// <exception cref="StartException">The file holds no key.</exception>
    public static void AddTo(IConfigurationBuilder configuration, string path)
    {
        var configured = ((IConfiguration)configuration).GetList(KeyRing.Setting);
        if (configured.Count == 0 || File.Exists(path))
            configuration.AddInMemoryCollection([new($"{KeyRing.Setting}:kept", ReadOrMake(path))]);
    }

    private static string ReadOrMake(string path)
    {
        if (!File.Exists(path))
            Make(path);
        var key = File.ReadAllText(path).Trim();
        try
        {
            KeyRing.Parse([key]);
            return key;
        }
        catch (SecretException)
        {
            // Never replaced by a new one: secrets that the old one encrypted would be lost without a word.
            throw new StartException($"{path} must hold the key that stored secrets are encrypted with, as 'id:key', but does not. Restore it from a backup; or, if it is lost, delete it, start again and save the secrets anew.");
        }
    }

    private static void Make(string path)
    {
        var unfinished = path + ".new";
        File.Delete(unfinished);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(unfinished, options))
        {
            using var writer = new StreamWriter(file, leaveOpen: true);
            writer.WriteLine(KeyRing.Generate("local"));
            writer.Flush();
            file.Flush(flushToDisk: true);
        }
        // All or nothing, whenever the process dies.
        File.Move(unfinished, path);
    }
}
