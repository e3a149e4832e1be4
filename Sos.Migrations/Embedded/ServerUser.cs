using System.ComponentModel;
using System.Globalization;

namespace Sos.Migrations.Embedded;

/// <summary>The unprivileged user that runs the server when SOS was started by root, which PostgreSQL refuses to be.</summary>
internal sealed record ServerUser(string Name, uint Uid, uint Gid)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The user to run as, or null where the current user will do.</summary>
    public static async Task<ServerUser?> FindAsync(string? wanted, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return null;
        string[] names = wanted is null ? ["postgres", "_postgres", "nobody"] : [wanted];
        foreach (var name in names)
        {
            if (await LookUpAsync(name, cancellationToken) is { Uid: > 0 } user)
                return user;
        }
        throw new EmbeddedPostgresException(
            $"PostgreSQL refuses to run as root, and there is no unprivileged user to run it as (tried {string.Join(", ", names)}). " +
            "Start SOS as an ordinary user, create the user 'postgres', or give SOS a server by ConnectionStrings__sos.");
    }

    /// <summary>Fails when the user cannot enter a folder, because of a parent's mode.</summary>
    public async Task RequireEntryAsync(string folder, CancellationToken cancellationToken)
    {
        var start = ChildProcess.Describe("/bin/sh", ["-c", "cd -- \"$1\"", "sh", folder], this, cleanEnvironment: true);
        var result = await ChildProcess.RunAsync(start, Timeout, input: null, cancellationToken);
        if (!result.Succeeded)
            throw new EmbeddedPostgresException(
                $"PostgreSQL refuses to run as root, so it runs as the user '{Name}', who cannot enter {folder}. " +
                "Set SOS_DATA to a folder whose parents every user may enter (such as /var/lib/sos), or start SOS as an ordinary user.");
    }

    // `id` asks every name service of the system; /etc/passwd alone would miss directory users and all of macOS's.
    private static async Task<ServerUser?> LookUpAsync(string name, CancellationToken cancellationToken)
    {
        var uid = await IdAsync("-u", name, cancellationToken);
        var gid = await IdAsync("-g", name, cancellationToken);
        return uid is null || gid is null ? null : new ServerUser(name, uid.Value, gid.Value);
    }

    private static async Task<uint?> IdAsync(string what, string name, CancellationToken cancellationToken)
    {
        try
        {
            var start = ChildProcess.Describe("id", [what, "--", name], user: null, cleanEnvironment: true);
            var result = await ChildProcess.RunAsync(start, Timeout, input: null, cancellationToken);
            // macOS prints nobody's id as a negative number.
            return result.Succeeded ? unchecked((uint)long.Parse(result.Output, CultureInfo.InvariantCulture)) : null;
        }
        catch (Win32Exception error)
        {
            throw new EmbeddedPostgresException($"Cannot look up the user '{name}': the program 'id' does not start ({error.Message}).", error);
        }
    }
}
