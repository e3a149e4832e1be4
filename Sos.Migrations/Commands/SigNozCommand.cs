using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Sos.Migrations.SigNoz;
using Sos.ServiceDefaults.Telemetry;

namespace Sos.Migrations.Commands;

/// <summary>The <c>signoz</c> command: gives a SigNoz the dashboards and alert rules of SOS.</summary>
internal static class SigNozCommand
{
    /// <summary>The exit code of a dry run that found something to change.</summary>
    public const int Pending = 2;

    private static readonly Option<string?> Url = new("--url", "-u")
    {
        Description = "The address of SigNoz's pages. Default: SigNoz__Url, else Web=… in ConnectionStrings__signoz",
        HelpName = "address",
    };

    private static readonly Option<string?> Email = new("--email")
    {
        Description = "Sign in as this user, with the password in SigNoz__Password. Default: SigNoz__Email",
        HelpName = "address",
    };

    private static readonly Option<string?> Channel = new("--channel")
    {
        Description = "The channel that alerts notify; made where SigNoz__Webhook is set. Default: SigNoz__Channel, else 'sos' where there is one",
        HelpName = "name",
    };

    private static readonly Option<string?> Runbooks = new("--runbooks")
    {
        Description = "The address of docs/operations.md for links from alerts. Default: SigNoz__Runbooks",
        HelpName = "address",
    };

    private static readonly Option<string?> From = new("--from")
    {
        Description = "A folder with dashboards/*.json and alerts/*.json, instead of those built in",
        HelpName = "folder",
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would change, and change nothing" };

    private static readonly Option<bool> Adopt = new("--adopt") { Description = "Replace dashboards and rules of the same names that this command did not make" };

    public static Command Create()
    {
        var command = new Command("signoz", $"Applies SOS's dashboards and alert rules to a SigNoz, self-hosted or Cloud. Safe to repeat. Secrets come from configuration: SigNoz__ApiKey, or SigNoz__Password for --email; neither where SigNoz runs with impersonation. Exit code: 0 done, {Pending} a dry run found something to change, 1 an error.")
        {
            Url, Email, Channel, Runbooks, From, DryRun, Adopt,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var builder = MigrationsHost.CreateBuilder();
        foreach (var (setting, option) in new[] { (nameof(Url), Url), (nameof(Email), Email), (nameof(Channel), Channel), (nameof(Runbooks), Runbooks) })
        {
            if (parsed.GetValue(option) is { } value)
                builder.Configuration[$"{SigNozOptions.Section}:{setting}"] = value;
        }
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        try
        {
            var options = SigNozOptions.Read(builder.Configuration, host.Services.GetRequiredService<TelemetryDestinations>()["signoz"]?.Web);
            var content = parsed.GetValue(From) is { } folder ? SigNozContent.From(folder) : SigNozContent.BuiltIn();
            return await ApplyAsync(parsed, options, content, host.Services.GetService<TimeProvider>() ?? TimeProvider.System, cancellationToken);
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static async Task<int> ApplyAsync(ParseResult parsed, SigNozOptions options, SigNozContent content, TimeProvider time, CancellationToken cancellationToken)
    {
        var (output, dryRun) = (parsed.InvocationConfiguration.Output, parsed.GetValue(DryRun));
        using var http = new SigNozHttp(options, time);
        var (client, retry) = (new SigNozClient(http), new SigNozRetry(options, time));
        await retry.ReadyAsync(client, cancellationToken);

        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        ProvisionReport report;
        try
        {
            if (options is { Email: { } email, Password: { } password })
                await retry.RunAsync(async token => { await client.SignInAsync(email, password, options.Url, token); return true; }, either.Token);
            report = await new SigNozProvisioner(client, retry, options, output) { DryRun = dryRun, Adopt = parsed.GetValue(Adopt) }.ApplyAsync(content, either.Token);
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SigNozException($"It was not done within {options.Timeout.TotalSeconds:0.#} s (SigNoz:Timeout). Run it again: what is done stays done.", error);
        }

        var changes = report.Created + report.Changed;
        await output.WriteLineAsync(dryRun
            ? $"SigNoz at {options.Url}: {report.Created} to be created, {report.Changed} to be changed, {report.Unchanged} up to date."
            : $"SigNoz at {options.Url}: {report.Created} created, {report.Changed} changed, {report.Unchanged} were up to date.");
        foreach (var problem in report.Problems)
            await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return report.Problems.Count > 0 ? 1 : dryRun && changes > 0 ? Pending : 0;
    }
}
