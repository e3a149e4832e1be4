using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sos.ServiceDefaults.Settings;
using Sos.Workflows.Secrets;

namespace Sos.Migrations.Commands;

/// <summary>The <c>secrets</c> command: looks after the keys that stored secrets are encrypted with.</summary>
internal static class SecretsCommand
{
    public static Command Create() => new("secrets", "Looks after the keys that stored secrets are encrypted with.")
    {
        SchemaCommands.Acting(RotateAsync, new Command("rotate",
            "Encrypts stored secrets anew with the first key of Sos__Secrets__Keys; the old keys must stand behind it. Safe to interrupt, to repeat, and to run while services work.")),
    };

    private static async Task<int> RotateAsync(IServiceProvider services, TextWriter output, CancellationToken cancellationToken)
    {
        var keys = KeyRing.Parse(services.GetRequiredService<IConfiguration>().GetList(KeyRing.Setting));
        var reports = await new SecretRotation(services.GetRequiredService<NpgsqlDataSource>(), keys).RewrapAsync(cancellationToken);
        foreach (var report in reports)
        {
            await output.WriteLineAsync($"{report.Table}: {report.Rewrapped} encrypted anew with the key '{keys.SealingKeyId}', {report.Current} already were, {report.Failures.Count} could not be opened.");
            foreach (var failure in report.Failures)
                await Console.Error.WriteLineAsync(failure);
        }
        return reports.Any(report => report.Failures.Count > 0) ? 1 : 0;
    }
}
