using Npgsql;

namespace Sos.Migrations.Schema;

/// <summary>The logins of services: members of one role each, so that a service can do what is its own and no more.</summary>
/// <remarks>Goes behind the migration, which makes the roles; its connection is the owner's.</remarks>
public sealed class ServiceLogins(NpgsqlDataSource dataSource, LoginOptions? options)
{
    // "sos logi" in ASCII: who makes the same logins at once waits.
    private const long LockKey = 0x736F_7320_6C6F_6769;

    private const int MinLength = 16;
    private const int MaxLength = 200;

    /// <summary>Makes the logins that have a password, and gives them that password.</summary>
    /// <returns>Their names.</returns>
    /// <exception cref="MigrationException">A password is none that a login may have, or the owner may not make logins.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken = default)
    {
        var wanted = Wanted().ToList();
        if (wanted.FirstOrDefault(w => !IsPassword(w.Password)) is { Setting: { } wrong })
            throw new MigrationException($"{LoginOptions.Section}__{wrong} must have {MinLength} to {MaxLength} visible ASCII characters without spaces.");
        foreach (var (login, role, setting, password) in wanted)
        {
            try
            {
                await ApplyAsync(login, role, password, cancellationToken);
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw new MigrationException(
                    $"The login {login} can't be made: {error.MessageText}. Give the schema's owner CREATEROLE, or make the login yourself and leave {LoginOptions.Section}__{setting} away.", error);
            }
        }
        return [.. wanted.Select(w => w.Login)];
    }

    private static bool IsPassword(string text) => text.Length is >= MinLength and <= MaxLength && text.All(c => c is > ' ' and <= '~');

    private IEnumerable<(string Login, string Role, string Setting, string Password)> Wanted()
    {
        if (options?.ApiPassword is { Length: > 0 } api)
            yield return ("sos_api_login", "sos_api", nameof(LoginOptions.ApiPassword), api);
        if (options?.ExecutorsPassword is { Length: > 0 } executors)
            yield return ("sos_executors_login", "sos_executor", nameof(LoginOptions.ExecutorsPassword), executors);
        if (options?.MonitorPassword is { Length: > 0 } monitor)
            yield return ("sos_monitor_login", "sos_monitor", nameof(LoginOptions.MonitorPassword), monitor);
    }

    private async Task ApplyAsync(string login, string role, string password, CancellationToken cancellationToken)
    {
        // PostgreSQL gets what it would store, so that the password is in none of its logs and views.
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select pg_advisory_xact_lock({LockKey})"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('sos.verifier', $1, true)")
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = ScramVerifier.Of(password) } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
            do $$
            begin
              if not exists (select from pg_roles where rolname = '{login}') then
                create role {login} login in role {role};
              end if;
              execute format('alter role {login} login password %L', current_setting('sos.verifier'));
            end $$
            """));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
