namespace Sos.Migrations.Embedded;

/// <summary>Makes an instance's data folder: PostgreSQL's <c>initdb</c>.</summary>
internal static class Cluster
{
    private const string ScratchPrefix = "initdb.";

    // The password comes by standard input: no other program's argument list or file shows it.
    private const string Launch = """
        umask 077
        cat > "$1/pw" || exit 1
        initdb=$2
        shift 2
        "$initdb" "$@"
        """;

    /// <summary>
    /// Makes the data folder. It is built in a folder of its own name and moved into place whole: a start that is
    /// interrupted leaves nothing that looks finished, and an initdb that outlived its owner is in nobody's way.
    /// </summary>
    public static async Task CreateAsync(InstanceFolder folder, PostgresBinaries binaries, ServerUser? user, EmbeddedPostgresOptions options, string password, CancellationToken cancellationToken)
    {
        // C.UTF-8 sorts by code point like C and knows letters beyond ASCII; not every system has it.
        var result = await InitDbAsync("C.UTF-8");
        if (!result.Succeeded && result.Tail.Contains("locale", StringComparison.OrdinalIgnoreCase))
            result = await InitDbAsync("C");
        if (!result.Succeeded)
            throw new EmbeddedPostgresException($"PostgreSQL's initdb ({binaries.Folder}) failed with exit code {result.ExitCode}:\n{result.Tail}");

        async Task<ProcessResult> InitDbAsync(string locale)
        {
            folder.RemoveLeftovers(ScratchPrefix);
            var scratch = folder.CreateForServer($"{ScratchPrefix}{Guid.NewGuid():N}");
            try
            {
                var data = Path.Combine(scratch, "data");
                string[] arguments = ["-D", data, "-U", EmbeddedPostgres.UserName, "--encoding=UTF8", $"--locale={locale}", "--auth=scram-sha-256", $"--pwfile={Path.Combine(scratch, "pw")}", .. options.Durable ? (string[])[] : ["--no-sync"]];
                var made = await RunAsync(binaries, scratch, arguments, user, password, options.StartTimeout, cancellationToken);
                if (made.Succeeded)
                    MoveIntoPlace(data, folder, options.Durable);
                return made;
            }
            finally
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }

    private static void MoveIntoPlace(string data, InstanceFolder folder, bool durable)
    {
        Directory.Move(data, folder.Data);
        if (durable && !OperatingSystem.IsWindows())
            Posix.SyncFolder(folder.Path); // or the next start would find, and remove, a leftover with commits in it
    }

    private static async Task<ProcessResult> RunAsync(PostgresBinaries binaries, string scratch, string[] arguments, ServerUser? user, string password, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
        {
            var start = ChildProcess.Describe("/bin/sh", ["-c", Launch, "sh", scratch, binaries.InitDb, .. arguments], user, cleanEnvironment: true);
            return await ChildProcess.RunAsync(start, timeout, password + "\n", cancellationToken);
        }
        InstanceFolder.WritePrivate(Path.Combine(scratch, "pw"), password);
        var direct = ChildProcess.Describe(binaries.InitDb, arguments, user: null, cleanEnvironment: true);
        return await ChildProcess.RunAsync(direct, timeout, input: null, cancellationToken);
    }
}
