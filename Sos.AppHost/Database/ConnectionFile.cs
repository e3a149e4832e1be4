using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Sos.AppHost.Database;

/// <summary>
/// A file that holds a connection string from the moment that the server is ready, in a folder that only this user may
/// enter. It is removed with this process.
/// </summary>
internal sealed class ConnectionFile : IValueProvider, IManifestExpressionProvider
{
    private ConnectionFile(string path) => Path = path;

    public string Path { get; }

    /// <summary>Never published: a deployment has no local server.</summary>
    public string ValueExpression => "{local-database}";

    public static ConnectionFile Create(string instance)
    {
        var folder = Directory.CreateTempSubdirectory("sos-apphost-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        return new ConnectionFile(System.IO.Path.Combine(folder.FullName, instance));
    }

    /// <summary>The connection string; null until the server is ready, and the application asks before that, too.</summary>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        File.Exists(Path) ? (await File.ReadAllTextAsync(Path, cancellationToken)).Trim() : null;

    public async Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken)
    {
        if (await GetValueAsync(cancellationToken) is not { Length: > 0 } connectionString)
            return HealthCheckResult.Unhealthy("The server is not ready yet.");
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy("The server does not answer.", error);
        }
    }
}
