using System.Globalization;

namespace Sos.Migrations.Embedded;

/// <summary>The server's settings: PostgreSQL's defaults, but for these.</summary>
internal static class ServerSettings
{
    public static IEnumerable<string> Arguments(EmbeddedPostgresOptions options, string data, string? socketFolder, int port)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            // Nobody but this machine; on the socket, nobody but the server's user (and root).
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = socketFolder ?? "",
            ["unix_socket_permissions"] = "0700",
            ["password_encryption"] = "scram-sha-256",

            ["max_connections"] = "100",
            ["shared_buffers"] = "128MB",
            // One statement may look into every partition of a log table with its indexes.
            ["max_locks_per_transaction"] = "256",
            // An accepted execution is never lost: a commit waits until it is on disk.
            ["fsync"] = options.Durable ? "on" : "off",
            ["full_page_writes"] = options.Durable ? "on" : "off",
            ["synchronous_commit"] = "on",
            // Base backups of the running server work; `minimal` saves nothing for small transactions.
            ["wal_level"] = "replica",
            ["max_wal_size"] = "1GB",
            ["checkpoint_timeout"] = "15min",
            // Laptops have SSDs, and compiling a short query takes longer than running it.
            ["random_page_cost"] = "1.1",
            ["jit"] = "off",

            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_line_prefix"] = "%m [%p] ",
            ["log_checkpoints"] = "off",
            // The owner reads standard error into a file of bounded size; messages in English can be recognised.
            ["logging_collector"] = "off",
            ["log_destination"] = "stderr",
            ["lc_messages"] = "C",
        };
        foreach (var (name, value) in options.Settings)
            settings[name] = value;

        yield return "-D";
        yield return data;
        foreach (var (name, value) in settings)
        {
            yield return "-c";
            yield return $"{name}={value}";
        }
    }
}
