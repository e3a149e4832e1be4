using System.IO.Enumeration;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sos.Executors.Files.Local;

/// <summary>
/// A folder that was reached without passing a link, and that stays the same folder while it is open, whatever becomes
/// of its name. Everything below it is named relative to it.
/// </summary>
/// <remarks>
/// On Linux it is a descriptor: each name is opened with <c>openat</c> and <c>O_NOFOLLOW</c>, and .NET's own methods,
/// given <c>/proc/self/fd/N/name</c>, resolve only that one name, whose link they never follow (they rename, unlink,
/// or create exclusively). So there is no moment between a check and a use in which a link could be slipped in. On other
/// systems names are checked before and after they are used: someone who may already write into the folder from outside
/// SOS could win that race.
/// </remarks>
internal sealed class OpenFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SafeFileHandle? handle;
    private readonly string path;

    private OpenFolder(SafeFileHandle? handle, string path)
    {
        this.handle = handle;
        this.path = handle is null ? path : $"/proc/self/fd/{handle.DangerousGetHandle()}";
    }

    /// <summary>Opens the operator's folder, which may itself be a link; makes it where it is missing.</summary>
    public static OpenFolder OpenRoot(string path)
    {
        if (!Directory.Exists(path))
            Create(path);
        return OperatingSystem.IsLinux()
            ? new OpenFolder(LinuxOpen.Open(LinuxOpen.CurrentFolder, path, LinuxOpen.Directory) ?? throw new DirectoryNotFoundException("The folder went away while it was opened."), path)
            : new OpenFolder(null, path);
    }

    /// <summary>Opens a folder in it.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="LinkRefusedException">It is a link.</exception>
    public OpenFolder? Enter(string name)
    {
        if (handle is null)
            return RefuseLink(name) && Directory.Exists(In(name)) ? new OpenFolder(null, In(name)) : null;
        var opened = LinuxOpen.Open(handle, name, LinuxOpen.Directory | LinuxOpen.NoFollow);
        if (opened is not null)
            return new OpenFolder(opened, "");
        RefuseLink(name);
        return null;
    }

    /// <summary>Opens the same folder once more.</summary>
    public OpenFolder Reopen() => handle is null
        ? new OpenFolder(null, path)
        : new OpenFolder(LinuxOpen.Open(handle, ".", LinuxOpen.Directory) ?? throw new DirectoryNotFoundException("A folder went away while it was opened."), "");

    /// <summary>Opens a folder in it, and makes it where it is missing.</summary>
    /// <returns>Null if a file has the name.</returns>
    public OpenFolder? EnterOrCreate(string name)
    {
        if (Enter(name) is { } there)
            return there;
        if (File.Exists(In(name)))
            return null;
        Create(In(name));
        // Another writer may have tidied it away in between.
        return Enter(name) ?? throw new DirectoryNotFoundException("A folder went away while it was opened.");
    }

    /// <summary>Opens a regular file for reading.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="LinkRefusedException">It is a link, or nothing that holds bytes.</exception>
    public SafeFileHandle? OpenFile(string name)
    {
        SafeFileHandle? file;
        if (handle is not null)
            file = LinuxOpen.Open(handle, name, LinuxOpen.NoFollow);
        else
            file = RefuseLink(name) && File.Exists(In(name)) ? File.OpenHandle(In(name), share: FileShare.ReadWrite | FileShare.Delete) : null;
        if (file is null)
        {
            RefuseLink(name);
            return null;
        }
        try
        {
            if (handle is null)
                RefuseLink(name);
            if (File.GetAttributes(file).HasFlag(FileAttributes.Directory))
            {
                file.Dispose();
                return null;
            }
            return HoldsBytes(file) ? file : throw new LinkRefusedException(name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file for adding to its end; the caller has seen that it is there.</summary>
    public SafeFileHandle OpenForAppending(string name)
    {
        if (handle is null)
            return RefuseLink(name) ? File.OpenHandle(In(name), FileMode.Open, FileAccess.Write, FileShare.Read | FileShare.Delete) : throw new FileNotFoundException();
        return LinuxOpen.Open(handle, name, LinuxOpen.NoFollow | LinuxOpen.WriteOnly) ?? throw new FileNotFoundException("The file went away while it was opened.");
    }

    /// <summary>Makes a file that was not there and that only this user may read.</summary>
    public FileStream CreateFile(string name)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnlyFile;
        return new FileStream(In(name), options);
    }

    /// <summary>Moves a file; what had the other name, link or not, is replaced or else is the failure.</summary>
    public void Move(string name, OpenFolder to, string newName, bool overwrite)
    {
        File.Move(In(name), to.In(newName), overwrite);
        to.Flush();
    }

    /// <summary>Deletes a file, or a link itself.</summary>
    public void DeleteFile(string name) => File.Delete(In(name));

    /// <summary>Deletes a folder in it if it is empty.</summary>
    public void DeleteIfEmpty(string name)
    {
        using (var folder = Enter(name))
        {
            if (folder is null || folder.Entries().Any())
                return;
        }
        try
        {
            Directory.Delete(In(name));
        }
        catch (IOException) when (Directory.Exists(In(name)))
        {
            // Another process put a file into it meanwhile, so it stays.
            return;
        }
    }

    /// <summary>The files and folders in it; links are left out.</summary>
    public IEnumerable<FolderEntry> Entries() => new FileSystemEnumerable<FolderEntry>(
        path,
        (ref FileSystemEntry e) => new FolderEntry(e.FileName.ToString(), e.IsDirectory, e.IsDirectory ? 0 : e.Length, e.LastWriteTimeUtc),
        new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false, RecurseSubdirectories = false })
    {
        ShouldIncludePredicate = (ref FileSystemEntry e) => !e.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };

    /// <inheritdoc/>
    public void Dispose() => handle?.Dispose();

    private string In(string name) => Path.Combine(path, name);

    // What was renamed survives a power failure once the folder's own entries are on the disk.
    private void Flush()
    {
        if (handle is not null)
            RandomAccess.FlushToDisk(handle);
    }

    private bool RefuseLink(string name) =>
        new FileInfo(In(name)) is { LinkTarget: null } ? true : throw new LinkRefusedException(name);

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }

    // Pipes, sockets and most devices have no length.
    private static bool HoldsBytes(SafeFileHandle file)
    {
        try
        {
            return RandomAccess.GetLength(file) >= 0;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }
}

/// <summary>What is in a folder.</summary>
internal readonly record struct FolderEntry(string Name, bool IsFolder, long Size, DateTimeOffset ModifiedAt);

/// <summary>A name is a symbolic link, a pipe or the like.</summary>
internal sealed class LinkRefusedException(string name) : Exception($"'{name}' is a link or no regular file.");

/// <summary>Linux's <c>openat</c>.</summary>
internal static class LinuxOpen
{
    public const int WriteOnly = 1;

    private const int NonBlock = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int FileNotFound = 2, NotADirectory = 20, IsADirectory = 21, TooManyLinks = 40, NoDeviceOrAddress = 6;

    // Two flags differ between architectures (the kernel's arch/*/include/uapi/asm/fcntl.h).
    private static readonly bool Other = RuntimeInformation.OSArchitecture is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le;

    /// <summary>Only folders.</summary>
    public static readonly int Directory = Other ? 0x4000 : 0x10000;

    /// <summary>No link as the last name.</summary>
    public static readonly int NoFollow = Other ? 0x8000 : 0x20000;

    /// <summary>Stands for the working directory (AT_FDCWD); only for absolute paths here.</summary>
    public static readonly SafeFileHandle CurrentFolder = new(-100, ownsHandle: false);

    /// <summary>Opens a name.</summary>
    /// <returns>Null if there is no such thing, or something else has the name.</returns>
    public static SafeFileHandle? Open(SafeFileHandle folder, string name, int flags)
    {
        // Without O_NONBLOCK, opening a pipe would wait for its other end.
        var descriptor = OpenAt((int)folder.DangerousGetHandle(), name, flags | CloseOnExec | NonBlock);
        GC.KeepAlive(folder);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        return error is FileNotFound or NotADirectory or IsADirectory or TooManyLinks or NoDeviceOrAddress
            ? null
            : throw new IOException($"A file could not be opened: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [DllImport("libc", EntryPoint = "openat", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int OpenAt(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int flags);
}
