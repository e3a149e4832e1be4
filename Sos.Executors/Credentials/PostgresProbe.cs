using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;

namespace Sos.Executors.Credentials;

/// <summary>Tries a login of a PostgreSQL database: connects, and asks for 1.</summary>
internal sealed class PostgresProbe(OutboundGuard guard)
{
    private const int TimeoutSeconds = 10;

    /// <summary>Connects to the server that a login names, at an address that the guard allows.</summary>
    public async Task<CredentialTestOutput> ConnectAsync(Credential login, CancellationToken cancellationToken)
    {
        var (host, port) = (login.Setting("host")!, int.Parse(login.Setting("port")!, CultureInfo.InvariantCulture));
        try
        {
            var addresses = await guard.ResolveAsync(host, port, cancellationToken);
            await using var source = Source(login, host, port, addresses);
            await using var command = source.CreateCommand("select 1");
            command.CommandTimeout = TimeoutSeconds;
            await command.ExecuteScalarAsync(cancellationToken);
            return new CredentialTestOutput { Ok = true, Message = $"Signed in to the database '{login.Setting("database")}' at {host}:{port} as '{login.Setting("username")}'." };
        }
        catch (PostgresException e)
        {
            return Failed("database_refused", $"{host}:{port} refused: {e.MessageText} ({e.SqlState}).");
        }
        catch (OutboundRefusedException e)
        {
            return Failed("address_not_allowed", e.Message);
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            return Failed("database_unavailable", $"{host}:{port} can't be connected to: {(e.InnerException ?? e).Message}");
        }
    }

    private static NpgsqlDataSource Source(Credential login, string host, int port, IReadOnlyList<IPAddress> addresses)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            // The addresses that were checked, and not the name, which could lead elsewhere by now.
            Host = string.Join(',', addresses),
            Port = port,
            Database = login.Setting("database"),
            Username = login.Setting("username"),
            Password = login.Secret("password"),
            SslMode = login.Setting("sslMode") switch
            {
                "disable" => SslMode.Disable,
                "require" => SslMode.Require,
                "verify-ca" => SslMode.VerifyCA,
                _ => SslMode.VerifyFull,
            },
            Pooling = false,
            Timeout = TimeoutSeconds,
            CommandTimeout = TimeoutSeconds,
            ApplicationName = "sos",
            PersistSecurityInfo = false,
            IncludeErrorDetail = false,
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UseSslClientAuthenticationOptionsCallback(options => options.TargetHost = host);
        return builder.Build();
    }

    private static CredentialTestOutput Failed(string code, string message) => new() { Ok = false, Code = code, Message = message };
}
