using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Sos.Migrations.Embedded;

/// <summary>The few system calls that .NET has no method for.</summary>
[UnsupportedOSPlatform("windows")]
internal static class Posix
{
    /// <summary>PostgreSQL's fast shutdown: disconnects clients, writes a checkpoint.</summary>
    public const int Sigint = 2;

    /// <summary>PostgreSQL's immediate shutdown: no checkpoint, the next start recovers from the log.</summary>
    public const int Sigquit = 3;

    public const int Sigkill = 9;

    private const int NotPermitted = 1;
    private const int NoSuchProcess = 3;

    /// <summary>Sends a signal; false when there is no such process.</summary>
    public static bool Signal(int processId, int signal)
    {
        if (Kill(processId, signal) == 0)
            return true;
        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess ? false : throw new Win32Exception(error, $"cannot send signal {signal} to process {processId}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>Whether there is a process with this number, whoever it belongs to.</summary>
    public static bool Exists(int processId) => Kill(processId, 0) == 0 || Marshal.GetLastPInvokeError() == NotPermitted;

    /// <summary>Gives a file or folder to a user, without following a symbolic link.</summary>
    public static void ChangeOwner(string path, ServerUser user)
    {
        if (ChangeLinkOwner(path, user.Uid, user.Gid) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        throw new Win32Exception(error, $"cannot give {path} to the user {user.Name}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>Waits until a folder's entries are on disk: a rename in it survives a power cut from here on.</summary>
    public static void SyncFolder(string path)
    {
        const int readOnly = 0;
        var descriptor = Open(path, readOnly);
        if (descriptor < 0 || Sync(descriptor) != 0)
            throw new IOException($"cannot write the folder {path} to disk: {Marshal.GetLastPInvokeErrorMessage()}");
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int processId, int signal);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    private static extern int ChangeLinkOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint uid, uint gid);
}
