namespace Sos.Migrations.Embedded;

/// <summary>Makes an instance's data folder: PostgreSQL's <c>initdb</c>.</summary>
internal static class Cluster
{
    private const string Unfinished = "data.new";

    // The password comes by standard input: no other program's argument list or file shows it.
    private const string Launch = """
        umask 077
        cat > "$1/pw" || exit 1
        initdb=$2
        shift 2
        "$initdb" "$@"
        """;

    /// <summary>Makes the data folder; a start that is interrupted here leaves nothing that looks finished.</summary>
    public static async Task CreateAsync(InstanceFolder folder, PostgresBinaries binaries, ServerUser? user, EmbeddedPostgresOptions options, string password, CancellationToken cancellationToken)
    {
        // C.UTF-8 sorts by code point like C and knows letters beyond ASCII; not every system has it.
        var result = await InitDbAsync("C.UTF-8");
        if (!result.Succeeded && result.Tail.Contains("locale", StringComparison.OrdinalIgnoreCase))
            result = await InitDbAsync("C");
        if (!result.Succeeded)
            throw new EmbeddedPostgresException($"PostgreSQL's initdb ({binaries.Folder}) failed with exit code {result.ExitCode}:\n{result.Tail}");
        Directory.Move(folder.In(Unfinished), folder.Data);

        async Task<ProcessResult> InitDbAsync(string locale)
        {
            folder.Remove(Unfinished);
            var data = folder.CreateForServer(Unfinished);
            var scratch = folder.CreateForServer("initdb");
            try
            {
                string[] arguments = ["-D", data, "-U", EmbeddedPostgres.UserName, "--encoding=UTF8", $"--locale={locale}", "--auth=scram-sha-256", $"--pwfile={Path.Combine(scratch, "pw")}", .. options.Durable ? (string[])[] : ["--no-sync"]];
                return await RunAsync(binaries, scratch, arguments, user, password, options.StartTimeout, cancellationToken);
            }
            finally
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
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
