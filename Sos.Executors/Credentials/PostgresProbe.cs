using Sos.Executors.Nodes.Database;
using Sos.Executors.Nodes.Database.Connections;
using Sos.Executors.Outbound;
using Sos.Workflows.Credentials;

namespace Sos.Executors.Credentials;

/// <summary>Tries a login of a PostgreSQL database as <c>database</c> nodes use it: connects, and asks for 1.</summary>
internal sealed class PostgresProbe(OutboundGuard guard)
{
    private const int TimeoutSeconds = 10;

    /// <summary>Connects to the server that a login names, at an address that the guard allows.</summary>
    public async Task<CredentialTestOutput> ConnectAsync(Credential credential, CancellationToken cancellationToken)
    {
        var login = new DatabaseLogin(credential, []);
        try
        {
            login = new DatabaseLogin(credential, await guard.ResolveAsync(login.Host, login.Port, cancellationToken));
            await using var source = login.Connect(maxConnections: 1);
            await using var command = source.CreateCommand("select 1");
            command.CommandTimeout = TimeoutSeconds;
            await command.ExecuteScalarAsync(cancellationToken);
            return new CredentialTestOutput { Ok = true, Message = $"Signed in to the database '{login.Database}' at {login.Host}:{login.Port} as '{credential.Setting("username")}'." };
        }
        catch (OutboundRefusedException e)
        {
            return Failed("address_not_allowed", e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException && DatabaseFailure.From(e, login, call: null) is not null)
        {
            var failure = DatabaseFailure.From(e, login, call: null)!;
            return Failed(failure.Code, failure.Message);
        }
    }

    private static CredentialTestOutput Failed(string code, string message) => new() { Ok = false, Code = code, Message = message };
}
