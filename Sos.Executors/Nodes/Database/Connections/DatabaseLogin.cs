using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Sos.Workflows.Credentials;

namespace Sos.Executors.Nodes.Database.Connections;

/// <summary>A login at the addresses of a server that may be connected to.</summary>
/// <param name="credential">A credential of type <c>postgres</c>.</param>
/// <param name="addresses">The server's addresses, which were checked.</param>
internal sealed class DatabaseLogin(Credential credential, IReadOnlyList<IPAddress> addresses)
{
    /// <summary>How long connecting to one address may take.</summary>
    private const int ConnectSeconds = 10;

    /// <summary>The server's name, as the credential has it.</summary>
    public string Host { get; } = credential.Setting("host")!;

    /// <summary>The port.</summary>
    public int Port { get; } = int.Parse(credential.Setting("port")!, CultureInfo.InvariantCulture);

    /// <summary>The database.</summary>
    public string Database { get; } = credential.Setting("database")!;

    /// <summary>The credential.</summary>
    public Guid CredentialId => credential.Id;

    /// <summary>The same as long as the credential says the same. It tells nothing about the password.</summary>
    public string Key { get; } = KeyOf(credential);

    /// <summary>The server's addresses. Name servers give them in an order that changes; here it does not.</summary>
    public string Addresses { get; } = string.Join(',', addresses.Select(a => a.ToString()).Order(StringComparer.Ordinal));

    /// <summary>Makes connections with this login.</summary>
    /// <param name="maxConnections">How many at once.</param>
    /// <remarks>They go to the checked addresses and nowhere else; certificates are compared with the name.</remarks>
    public NpgsqlDataSource Connect(int maxConnections)
    {
        var sslMode = credential.Setting("sslMode") switch
        {
            "disable" => SslMode.Disable,
            "require" => SslMode.Require,
            "verify-ca" => SslMode.VerifyCA,
            _ => SslMode.VerifyFull,
        };
        var builder = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder
        {
            Host = Addresses,
            Port = Port,
            Database = Database,
            Username = credential.Setting("username"),
            Password = credential.Secret("password"),
            SslMode = sslMode,
            // Who is there must be certain before a password is sent as it is.
            RequireAuth = sslMode is SslMode.VerifyCA or SslMode.VerifyFull ? "ScramSHA256,MD5,Password,None" : "ScramSHA256,MD5,None",
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = "SOS",
            Timeout = ConnectSeconds,
            CommandTimeout = 0, // the node's own, which the server is told, too
            MaxPoolSize = maxConnections,
            ConnectionIdleLifetime = 60,
            ConnectionPruningInterval = 10,
            ConnectionLifetime = 600,
            IncludeErrorDetail = false,
        }.ConnectionString)
        {
            Name = $"credential/{credential.Id}",
        };
        builder.UseSslClientAuthenticationOptionsCallback(tls => tls.TargetHost = Host.TrimEnd('.'));
        // The node makes the span: Npgsql's would hold the SQL with the values that are written into it.
        builder.ConfigureTracing(tracing => tracing
            .ConfigureCommandFilter(_ => false)
            .ConfigureBatchFilter(_ => false)
            .ConfigureCopyOperationFilter(_ => false)
            .EnablePhysicalOpenTracing(false));
        return builder.Build();
    }

    private static string KeyOf(Credential credential)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in credential.Settings.Concat(credential.Secrets).OrderBy(s => s.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{name.Length}:{name}={value.Length}:{value};");
        return $"{credential.Id:N}{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))}";
    }
}
