using Sos.Workflows.Store;

namespace Sos.Api.Hosting;

/// <summary>The key that a fresh installation is entered with.</summary>
internal static class FirstKey
{
    public const string Variable = "SOS_API_KEY";

    private const int MinLength = 16;
    private const int MaxLength = 200;

    /// <summary>The key that the installation's owner chose; null for none.</summary>
    /// <exception cref="StartException">It could be guessed, or can't be sent in a header.</exception>
    public static string? FromEnvironment(IConfiguration configuration) => configuration[Variable] switch
    {
        null or "" => null,
        { Length: >= MinLength and <= MaxLength } key when key.All(c => c is > ' ' and <= '~') => key,
        _ => throw new StartException($"{Variable} must have {MinLength} to {MaxLength} visible ASCII characters without spaces, so that it can't be guessed."),
    };

    /// <summary>
    /// The key in a file that only its owner may read; made on the first start, so that later ones show the same.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="again">Makes another one, because the one in the file was revoked.</param>
    public static string FromFile(string path, bool again = false)
    {
        if (!again && File.Exists(path) && File.ReadAllText(path).Trim() is { Length: >= MinLength } known)
            return known;
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var key = ApiKeyStore.Generate();
        using var writer = new StreamWriter(path, options);
        writer.WriteLine(key);
        return key;
    }
}

/// <summary>The program can't start; the message says why and what to do.</summary>
internal sealed class StartException(string message) : Exception(message);
