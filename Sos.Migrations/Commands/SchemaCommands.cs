using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Sos.Migrations.Partitions;
using Sos.Migrations.Schema;

namespace Sos.Migrations.Commands;

/// <summary>The commands on a database: <c>migrate</c>, <c>status</c> and <c>partitions</c>.</summary>
internal static class SchemaCommands
{
    /// <summary>The exit code of <c>status</c> when scripts are pending.</summary>
    public const int Pending = 2;

    /// <summary>The option that all of them share.</summary>
    public static readonly Option<string?> Connection = new("--connection", "-c")
    {
        Description = "The database: \"Host=…;Port=…;Username=…;Password=…;Database=…\". Default: ConnectionStrings__sos",
        HelpName = "connection string",
    };

    internal delegate Task<int> Work(IServiceProvider services, TextWriter output, CancellationToken cancellationToken);

    public static Command Migrate() => Acting(MigrateAsync, new Command("migrate",
        "Applies the pending scripts, in order, then makes the partitions that are due, and the logins that have a password (Logins__ExecutorsPassword, __ApiPassword, __MonitorPassword). Safe to repeat and to run twice at once. This is what happens without a command."));

    public static Command Status() => Acting(StatusAsync, new Command("status",
        $"Lists applied and pending scripts. Exit code: 0 up to date, {Pending} scripts are pending, 1 an error."));

    public static Command Partitions() => Acting(PartitionsAsync, new Command("partitions",
        "Makes partitions ahead of time and removes what retention no longer keeps (Retention__ExecutionDays, __EventLogDays, __AgentTraceDays, __ModelCostDays, __IdempotencyKeyDays)."));

    /// <summary>Makes the program migrate where no command is given.</summary>
    public static RootCommand MigratingByDefault(RootCommand root) => Acting(MigrateAsync, root);

    internal static T Acting<T>(Work work, T command) where T : Command
    {
        command.Add(Connection);
        command.SetAction((parsed, cancellationToken) => MigrationsHost.RunAsync(
            parsed.GetValue(Connection),
            services => work(services, parsed.InvocationConfiguration.Output, cancellationToken),
            cancellationToken));
        return command;
    }

    private static async Task<int> MigrateAsync(IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        var report = await services.GetRequiredService<Migrator>().MigrateAsync(cancellationToken);
        var partitions = await services.GetRequiredService<PartitionMaintenance>().RunAsync(cancellationToken);
        var logins = await services.GetRequiredService<ServiceLogins>().ApplyAsync(cancellationToken);
        await output.WriteLineAsync(report.Applied.Count == 0
            ? $"The schema is up to date (version {report.Version})."
            : $"The schema is at version {report.Version}: {report.Applied.Count} scripts applied in {report.Duration.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s.");
        await DescribeAsync(output, partitions);
        if (logins.Count > 0)
            await output.WriteLineAsync($"Logins: {string.Join(", ", logins)}.");
        return 0;
    }

    private static async Task<int> StatusAsync(IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        var status = await services.GetRequiredService<Migrator>().StatusAsync(cancellationToken);
        await output.WriteLineAsync($"{"script",-40} {"state",-8} {"applied (UTC)",-20} {"ms",8}");
        foreach (var script in status.Applied)
        {
            var name = $"{script.Version:0000}_{script.Name}.sql";
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name,-40} {"applied",-8} {script.AppliedAt.UtcDateTime,-20:yyyy-MM-dd HH:mm:ss} {script.DurationMs,8:0}"));
        }
        foreach (var name in status.Pending)
            await output.WriteLineAsync($"{name,-40} pending");
        if (status.Problem is not null)
            throw new MigrationException(status.Problem);
        await output.WriteLineAsync(status.Pending.Count == 0 ? "Up to date." : $"{status.Pending.Count} pending: run 'migrate'.");
        return status.Pending.Count == 0 ? 0 : Pending;
    }

    private static async Task<int> PartitionsAsync(IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        var report = await services.GetRequiredService<PartitionMaintenance>().RunAsync(cancellationToken);
        foreach (var partition in report.Created)
            await output.WriteLineAsync($"{partition,-40} made");
        foreach (var partition in report.Dropped)
            await output.WriteLineAsync($"{partition,-40} dropped");
        foreach (var partition in report.Kept)
            await output.WriteLineAsync($"{partition,-40} kept: executions in it have not finished");
        await DescribeAsync(output, report);
        return 0;
    }

    private static Task DescribeAsync(TextWriter output, PartitionReport report) => output.WriteLineAsync(report.Skipped
        ? "Another process maintains the partitions right now."
        : $"Partitions: {report.Created.Count} made, {report.Dropped.Count} dropped, {report.Kept.Count} kept; {report.MovedRows} rows moved, {report.DeletedExecutions} executions and {report.DeletedRows} other rows deleted.");
}
