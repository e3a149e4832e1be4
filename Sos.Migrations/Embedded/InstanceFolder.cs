using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sos.Migrations.Embedded;

/// <summary>
/// One instance's folder, locked by its owner: <c>data/</c> (the server's), <c>run/</c> (its socket), <c>password</c>,
/// <c>connection-string</c>, <c>server.log</c>, <c>owner.lock</c> and <c>owner.pid</c>. Started by root, the folder stays
/// root's and only <c>data</c> and <c>run</c> are given away, so the server's user can neither read the password nor
/// make root write elsewhere through a link.
/// </summary>
internal sealed class InstanceFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersPass = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // The shortest limit of a socket's path: 104 bytes with the closing zero (macOS); Linux has 108.
    private const int LongestSocketPath = 103;

    private readonly FileStream _lock;
    private readonly ServerUser? _user;

    private InstanceFolder(string path, ServerUser? user, FileStream ownerLock)
    {
        Path = path;
        _user = user;
        _lock = ownerLock;
    }

    public string Path { get; }

    public string Data => In("data");

    public string PasswordFile => In("password");

    public string ConnectionStringFile => In("connection-string");

    public string LogFile => In("server.log");

    /// <summary>A socket folder outside the instance's, for a path that would be too long inside; null otherwise.</summary>
    public string? ShortSocketFolder { get; private set; }

    /// <summary>The major version that made the data, or null before the first start.</summary>
    public int? DataMajor => File.Exists(System.IO.Path.Combine(Data, "PG_VERSION"))
        ? int.Parse(File.ReadAllText(System.IO.Path.Combine(Data, "PG_VERSION")), CultureInfo.InvariantCulture)
        : null;

    /// <summary>Makes the folder where it is missing, and locks it for this owner.</summary>
    public static async Task<InstanceFolder> OpenAsync(EmbeddedPostgresOptions options, ServerUser? user, CancellationToken cancellationToken)
    {
        var root = System.IO.Path.GetFullPath(options.Root);
        var path = System.IO.Path.Combine(root, options.Name);
        try
        {
            if (!Directory.Exists(root))
                Create(root, user is null ? OwnerOnly : OwnerOnly | OthersPass | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            Create(path, user is null ? OwnerOnly : OwnerOnly | OthersPass);
            if (user is not null)
                await user.RequireEntryAsync(path, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException($"SOS cannot keep its data in {path}: {error.Message} Set SOS_DATA to a folder that it may write.", error);
        }
        var ownerLock = await LockAsync(path, cancellationToken);
        try
        {
            WritePrivate(System.IO.Path.Combine(path, "owner.pid"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new InstanceFolder(path, user, ownerLock);
        }
        catch
        {
            ownerLock.Dispose();
            throw;
        }
    }

    /// <summary>A folder that the server's user owns and nobody else may enter.</summary>
    public string CreateForServer(string name)
    {
        var folder = In(name);
        Create(folder, OwnerOnly);
        GiveToServer(folder);
        return folder;
    }

    /// <summary>The folder for the server's socket; the first call makes it. Null on Windows.</summary>
    public string? SocketFolder()
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (Fits(In("run")))
            return CreateForServer("run");
        if (ShortSocketFolder is null)
        {
            var temp = Directory.CreateTempSubdirectory("sos-").FullName; // 0700 and a name nobody can foresee
            ShortSocketFolder = temp;
            GiveToServer(temp);
        }
        return Fits(ShortSocketFolder) ? ShortSocketFolder : null;
    }

    /// <summary>The server's password; made at the first start.</summary>
    public string Password()
    {
        if (File.Exists(PasswordFile))
            return File.ReadAllText(PasswordFile).Trim();
        if (DataMajor is not null)
            throw new EmbeddedPostgresException($"The data in {Data} is there, but its password file {PasswordFile} is gone. Restore that file, or move the data away to start anew.");
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        WritePrivate(PasswordFile, password);
        return password;
    }

    /// <summary>Writes a file that only the owner may read, whole or not at all.</summary>
    public static void WritePrivate(string file, string text)
    {
        var aside = file + ".new";
        File.Delete(aside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnlyFile;
        using (var stream = new FileStream(aside, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(text + "\n"));
            stream.Flush(flushToDisk: true);
        }
        File.Move(aside, file, overwrite: true);
    }

    /// <summary>Removes folders that an interrupted start left; one that is still written to is left to a later start.</summary>
    public void RemoveLeftovers(string prefix)
    {
        foreach (var folder in Directory.GetDirectories(Path, prefix + "*"))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // A file came while it was emptied.
            }
        }
    }

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (ShortSocketFolder is not null && Directory.Exists(ShortSocketFolder))
            Directory.Delete(ShortSocketFolder, recursive: true);
        _lock.Dispose();
    }

    private static bool Fits(string folder) => Encoding.UTF8.GetByteCount(folder + "/.s.PGSQL.65535") <= LongestSocketPath;

    private static void Create(string folder, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder); // a profile's folders are closed to other users
            return;
        }
        Directory.CreateDirectory(folder, mode);
        File.SetUnixFileMode(folder, mode); // also when it was there, and whatever the umask
    }

    private void GiveToServer(string folder)
    {
        if (_user is not null && !OperatingSystem.IsWindows())
            Posix.ChangeOwner(folder, _user);
    }

    // The lock goes with its process, SIGKILL or not: there is no stale one.
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnlyFile;
        try
        {
            return new FileStream(System.IO.Path.Combine(path, "owner.lock"), options);
        }
        catch (IOException error)
        {
            var owner = await OwnerAsync(path, cancellationToken) is { } process ? $"process {process}" : "another process";
            throw new EmbeddedPostgresException($"The data in {path} is in use by {owner}. Stop it, or use another instance (another name, or another folder by SOS_DATA).", error);
        }
    }

    // Who has just got the lock may not have written its number yet, and an earlier owner's is then still there.
    private static async Task<int?> OwnerAsync(string path, CancellationToken cancellationToken)
    {
        var file = System.IO.Path.Combine(path, "owner.pid");
        for (var attempt = 0; attempt < 20; attempt++)
        {
            if (File.Exists(file)
                && int.TryParse(await File.ReadAllTextAsync(file, cancellationToken), CultureInfo.InvariantCulture, out var process)
                && (OperatingSystem.IsWindows() || Posix.Exists(process)))
                return process;
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
        return null;
    }
}
