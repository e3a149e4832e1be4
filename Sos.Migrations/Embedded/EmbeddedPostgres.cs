using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Sos.Migrations.Embedded;

/// <summary>
/// A private PostgreSQL server: found or installed, prepared, started, and stopped with its owner, however that ends.
/// One owner at a time has an instance's data folder.
/// </summary>
public sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>The server's superuser and owner of its database.</summary>
    public const string UserName = "sos";

    /// <summary>The database that every instance has.</summary>
    public const string DatabaseName = "sos";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);
    private const int MostAttempts = 20;

    private readonly EmbeddedPostgresOptions _options;
    private readonly ILogger _logger;
    private readonly ServerUser? _user;
    private readonly InstanceFolder _folder;
    private readonly PostgresBinaries _binaries;
    private readonly ServerLog _log;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OwnerWatch? _watch;
    private ServerProcess? _server;
    private bool _disposed;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, ILogger logger, ServerUser? user, InstanceFolder folder, PostgresBinaries binaries)
    {
        (_options, _logger, _user, _folder, _binaries) = (options, logger, user, folder, binaries);
        _log = new ServerLog(folder.LogFile);
        ConnectionString = SocketConnectionString = "";
    }

    /// <summary>How to connect as the superuser; stays the same over <see cref="RestartAsync"/>. Holds the password.</summary>
    public string ConnectionString { get; private set; }

    /// <summary>The same by the Unix socket, which saves about 10 µs of each round trip; where there is no socket, <see cref="ConnectionString"/>.</summary>
    public string SocketConnectionString { get; private set; }

    /// <summary>The TCP port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>The instance's folder.</summary>
    public string DataFolder => _folder.Path;

    /// <summary>A file with <see cref="ConnectionString"/> that only the owner may read.</summary>
    public string ConnectionStringFile => _folder.ConnectionStringFile;

    /// <summary>A file with the superuser's password that only the owner may read.</summary>
    public string PasswordFile => _folder.PasswordFile;

    /// <summary>The file with the server's messages; with one older part it stays under 10 MB.</summary>
    public string LogFile => _folder.LogFile;

    /// <summary>The server's version.</summary>
    public Version ServerVersion => _binaries.Version;

    /// <summary>The server's process.</summary>
    public int ProcessId => _server?.Id ?? 0;

    /// <summary>Completes with the exit code when the server ends without being asked to.</summary>
    public Task<int> Ended => _ended.Task;

    internal int WatchProcessId => _watch?.ProcessId ?? 0;

    /// <summary>Starts an instance, making it where it does not exist.</summary>
    /// <exception cref="EmbeddedPostgresException">It cannot be started; the message says why and what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var started = Stopwatch.GetTimestamp();
        var user = await ServerUser.FindAsync(options.RunAs, cancellationToken);
        var folder = await InstanceFolder.OpenAsync(options, user, cancellationToken);
        EmbeddedPostgres postgres;
        try
        {
            var binaries = await options.Search.FindAsync(Path.GetFullPath(options.Root), folder.DataMajor, user, cancellationToken);
            postgres = new EmbeddedPostgres(options, logger ?? NullLogger.Instance, user, folder, binaries);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
        try
        {
            await postgres.PrepareAndStartAsync(cancellationToken);
            LogReady(postgres._logger, postgres.ServerVersion, postgres.Port, Stopwatch.GetElapsedTime(started).TotalMilliseconds, postgres.DataFolder);
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server and starts it again on the same port.</summary>
    /// <param name="immediate">Stop it like a crash: sessions break off, and the start recovers from the log.</param>
    /// <param name="cancellationToken">Gives up waiting for the start.</param>
    public async Task RestartAsync(bool immediate = false, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            await StopServerAsync(immediate);
            await StartServerAsync(Port, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops the server in order; an ephemeral instance's folder is gone afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (_disposed)
                return;
            _disposed = true;
            await StopServerAsync(immediate: _options.Ephemeral);
            if (_watch is not null)
                await _watch.DisposeAsync();
            _log.Dispose();
            _folder.Dispose();
            if (_options.Ephemeral && Directory.Exists(DataFolder))
                Directory.Delete(DataFolder, recursive: true);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task PrepareAndStartAsync(CancellationToken cancellationToken)
    {
        if (await OrphanedServer.ClearAsync(_folder.Data, _options.StopTimeout, cancellationToken) is { } orphan)
            LogOrphanStopped(_logger, orphan, DataFolder);
        var password = _folder.Password();
        if (_folder.DataMajor is null)
        {
            LogCreating(_logger, ServerVersion, DataFolder);
            await Cluster.CreateAsync(_folder, _binaries, _user, _options, password, cancellationToken);
        }
        await StartServerAsync(_options.Port, cancellationToken);
        ConnectionString = ConnectionStringTo(IPAddress.Loopback.ToString(), password);
        SocketConnectionString = _folder.SocketFolder() is { } socket ? ConnectionStringTo(socket, password) : ConnectionString;
        await EnsureDatabaseAsync(cancellationToken);
        InstanceFolder.WritePrivate(ConnectionStringFile, ConnectionString);
    }

    private string ConnectionStringTo(string host, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = host,
        Port = Port,
        Username = UserName,
        Password = password,
        Database = DatabaseName,
    }.ConnectionString;

    /// <summary>Starts the server on a port, or on any free one for 0.</summary>
    private async Task StartServerAsync(int port, CancellationToken cancellationToken)
    {
        var socketFolder = _folder.SocketFolder();
        if (!OperatingSystem.IsWindows() && _watch is not { IsGone: false })
            _watch = OwnerWatch.Start(_folder, _options.Ephemeral);
        for (var attempt = 1; ; attempt++)
        {
            var chosen = port == 0 ? FreePort() : port;
            var arguments = ServerSettings.Arguments(_options, _folder.Data, socketFolder, chosen);
            var server = _server = await ServerProcess.StartAsync(_binaries, arguments, _folder.Data, _user, _watch, _log);
            var outcome = await server.WaitUntilReadyAsync(_options.StartTimeout, cancellationToken);
            if (outcome == StartOutcome.Ready)
            {
                Port = chosen;
                _ = ObserveEndAsync(server);
                return;
            }
            await StopServerAsync(immediate: true);
            if (attempt == MostAttempts || (outcome == StartOutcome.PortTaken && port != 0 && Port == 0))
                throw new EmbeddedPostgresException(outcome == StartOutcome.PortTaken
                    ? $"PostgreSQL cannot listen on 127.0.0.1:{chosen}: another program does. Choose another port, or 0 for any free one."
                    : $"An earlier PostgreSQL server's processes still use {_folder.Data}. Its last messages ({_folder.LogFile}):\n{_log.Recent}");
            await Task.Delay(RetryDelay, cancellationToken);
        }
    }

    private async Task StopServerAsync(bool immediate)
    {
        if (_server is not { } server)
            return;
        _server = null;
        await server.StopAsync(immediate, _options.StopTimeout);
        if (_watch is not null)
            await _watch.ServerStoppedAsync();
        server.Dispose();
        if (_disposed)
            LogStopped(_logger, Port);
    }

    private async Task ObserveEndAsync(ServerProcess server)
    {
        await server.Exited;
        if (_server != server)
            return; // it was asked to stop
        LogEnded(_logger, server.ExitCode, LogFile);
        _ended.TrySetResult(server.ExitCode);
    }

    private async Task EnsureDatabaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ConnectAsync(DatabaseName, sql: null, cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await ConnectAsync("postgres", $"create database {DatabaseName}", cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            throw new EmbeddedPostgresException($"The password in {PasswordFile} is not the one that the data in {_folder.Data} was made with. Restore that file, or move the data away to start anew.", error);
        }
    }

    private async Task ConnectAsync(string database, string? sql, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = database, Pooling = false };
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        if (sql is null)
            return;
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
