using System.Text.RegularExpressions;

namespace Sos.Migrations.Embedded;

/// <summary>Where a private PostgreSQL server keeps its data and how it runs.</summary>
public sealed partial record EmbeddedPostgresOptions
{
    /// <summary>The instance's name: 1 to 40 of <c>a-z 0-9 - _</c>. One name is one data folder and one server.</summary>
    /// <value>Default: <c>default</c>.</value>
    public string Name { get; init; } = "default";

    /// <summary>The folder that holds the instances, each in a folder with its name.</summary>
    /// <value>Default: <c>SOS_DATA</c>; else <c>/var/lib/sos</c> for root (whose home no other user may enter); else <c>~/.sos</c>.</value>
    public string? DataRoot { get; init; }

    /// <summary>The TCP port on 127.0.0.1, or 0 for any free one.</summary>
    /// <value>Default: 0.</value>
    public int Port { get; init; }

    /// <summary>Whether a commit survives a power cut (fsync). Switch it off only for throw-away data.</summary>
    /// <value>Default: true.</value>
    public bool Durable { get; init; } = true;

    /// <summary>Whether the instance's folder is removed when the owner goes, even by SIGKILL.</summary>
    /// <value>Default: false.</value>
    public bool Ephemeral { get; init; }

    /// <summary>How long a start may take, crash recovery included; a first start's initdb has as long again.</summary>
    /// <value>Default: 60 seconds.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an orderly stop may take before the server is stopped without a checkpoint.</summary>
    /// <value>Default: 10 seconds.</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The user that runs the server when SOS was started by root.</summary>
    /// <value>Default: <c>postgres</c> where it exists, else <c>nobody</c>.</value>
    public string? RunAs { get; init; }

    /// <summary>Where the server's binaries are looked for.</summary>
    /// <value>Default: <see cref="PostgresSearch.FromEnvironment"/>.</value>
    public PostgresSearch Search { get; init; } = PostgresSearch.FromEnvironment();

    /// <summary>Server settings that replace or extend the built-in ones (<c>max_connections</c>, …).</summary>
    /// <value>Default: none.</value>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    internal string Root => DataRoot ?? DefaultRoot();

    internal void Validate()
    {
        if (!ValidName().IsMatch(Name) || Name == NpmPostgres.FolderName)
            throw new EmbeddedPostgresException($"'{Name}' cannot name a PostgreSQL instance: use 1 to 40 of a-z, 0-9, - and _, starting with a letter or digit (and not '{NpmPostgres.FolderName}').");
        if (Port is < 0 or > 65535)
            throw new EmbeddedPostgresException($"{Port} is no TCP port: use 1 to 65535, or 0 for any free one.");
    }

    private static string DefaultRoot()
    {
        if (Environment.GetEnvironmentVariable("SOS_DATA") is { Length: > 0 } folder)
            return Path.GetFullPath(folder);
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            return "/var/lib/sos";
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length == 0)
            throw new EmbeddedPostgresException("This user has no home folder to keep data in: set SOS_DATA to a folder that it may write.");
        return Path.Combine(home, ".sos");
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,39}$", RegexOptions.CultureInvariant)]
    private static partial Regex ValidName();
}
