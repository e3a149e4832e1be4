using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Sos.AppHost.Commands;

/// <summary>Makes the database anew: for a developer who wants to begin again.</summary>
internal static class ResetDatabase
{
    public const string Name = "reset-database";

    private const string Target = "sos";

    /// <summary>Adds the command to the database.</summary>
    /// <param name="database">The database. Its login must be allowed to drop it.</param>
    /// <param name="migrations">Makes the schema; run again.</param>
    /// <param name="services">What uses the database; stopped meanwhile.</param>
    public static void WithResetCommand(
        this IResourceBuilder<IResourceWithConnectionString> database, IResourceBuilder<ProjectResource> migrations, params IResourceBuilder<ProjectResource>[] services) =>
        database.WithCommand(
            Name,
            "Reset the database",
            context => RunAsync(context, database.Resource, migrations.Resource, [.. services.Select(service => service.Resource)]),
            new CommandOptions
            {
                Description = "Drops the database, makes it anew and starts the services again.",
                ConfirmationMessage = "All workflows, executions, credentials and keys in this database will be gone. Go on?",
                IconName = "ArrowReset",
                IconVariant = IconVariant.Regular,
                UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            });

    private static async Task<ExecuteCommandResult> RunAsync(ExecuteCommandContext context, IResourceWithConnectionString database, ProjectResource migrations, ProjectResource[] services)
    {
        var commands = context.Services.GetRequiredService<ResourceCommandService>();
        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        var cancellationToken = context.CancellationToken;
        if (await database.GetConnectionStringAsync(cancellationToken) is not { Length: > 0 } connectionString)
            return CommandResults.Failure("The database's connection string is not known yet.");

        foreach (var service in services)
            await commands.ExecuteCommandAsync(service, KnownResourceCommands.StopCommand, cancellationToken); // one that is stopped already stays so
        try
        {
            await RecreateAsync(connectionString, cancellationToken);
        }
        catch (NpgsqlException error)
        {
            return CommandResults.Failure($"The database was not reset: {error.Message}");
        }

        var before = TimeProvider.System.GetUtcNow().UtcDateTime;
        if (await commands.ExecuteCommandAsync(migrations, KnownResourceCommands.StartCommand, cancellationToken) is { Success: false } refused)
            return refused;
        var migrated = await notifications.WaitForResourceAsync(
            migrations.Name,
            change => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text) && change.Snapshot.StartTimeStamp?.ToUniversalTime() >= before.AddSeconds(-1),
            cancellationToken);
        if (migrated.Snapshot.ExitCode is not 0)
            return CommandResults.Failure($"{migrations.Name} ended with exit code {migrated.Snapshot.ExitCode}; its log says why.");

        foreach (var service in services)
        {
            if (await commands.ExecuteCommandAsync(service, KnownResourceCommands.StartCommand, cancellationToken) is { Success: false } failed)
                return failed;
        }
        return CommandResults.Success("The database is new, and the services start again.");
    }

    private static async Task RecreateAsync(string connectionString, CancellationToken cancellationToken)
    {
        var maintenance = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        foreach (var sql in (string[])[$"drop database if exists {Target} with (force)", $"create database {Target}"])
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
