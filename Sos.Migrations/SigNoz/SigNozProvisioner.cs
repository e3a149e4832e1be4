using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sos.Migrations.SigNoz;

/// <summary>How many things became what.</summary>
internal sealed record ProvisionReport
{
    public int Created { get; set; }

    public int Changed { get; set; }

    public int Unchanged { get; set; }

    /// <summary>What could not be done, in sentences.</summary>
    public List<string> Problems { get; } = [];
}

/// <summary>Brings a SigNoz to have the dashboards and alert rules of a content, and says what that changes. Nobody else's are touched.</summary>
/// <param name="client">The SigNoz.</param>
/// <param name="retry">How failures that pass are met.</param>
/// <param name="options">The settings.</param>
/// <param name="output">Where changes are told.</param>
internal sealed class SigNozProvisioner(SigNozClient client, SigNozRetry retry, SigNozOptions options, TextWriter output)
{
    private const int MaxDifferences = 20;

    private readonly ProvisionReport report = new();

    /// <summary>Whether changes are only told.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether something of the same name that this program did not make is taken over.</summary>
    public bool Adopt { get; init; }

    /// <summary>Applies a content: the channel first, because SigNoz refuses rules whose channel does not exist.</summary>
    /// <exception cref="SigNozException">Nothing can be done at all: nobody answers, or the caller may not.</exception>
    public async Task<ProvisionReport> ApplyAsync(SigNozContent content, CancellationToken cancellationToken)
    {
        var channel = content.Rules.Count > 0 ? await ChannelAsync(cancellationToken) : null;
        foreach (var dashboard in content.Dashboards)
            await EnsureAsync("dashboard", dashboard.Name, SigNozStamp.Dashboard(dashboard.Body), SigNozStamp.IsOwn, client.FindDashboardsAsync, client.CreateDashboardAsync, client.ReplaceDashboardAsync, cancellationToken);
        foreach (var rule in content.Rules)
            await EnsureAsync("rule", rule.Name, SigNozStamp.Rule(AlertRouting.Route(rule.Body, channel, options.Runbooks)), SigNozStamp.IsOwnRule, client.FindRulesAsync, client.CreateRuleAsync, client.ReplaceRuleAsync, cancellationToken);
        return report;
    }

    private async Task EnsureAsync(
        string kind, string name, JsonObject wanted, Func<JsonObject, bool> isOwn, Func<string, CancellationToken, Task<IReadOnlyList<JsonObject>>> find,
        Func<JsonObject, CancellationToken, Task> create, Func<string, JsonObject, CancellationToken, Task> replace, CancellationToken cancellationToken)
    {
        try
        {
            await retry.RunAsync(async token =>
            {
                var named = await find(name, token);
                // The oldest first, for ids grow; a second one can only come from two programs at once.
                var own = named.Where(isOwn).OrderBy(SigNozClient.Id, StringComparer.Ordinal).ToList();
                var existing = own.FirstOrDefault() ?? (Adopt ? named.FirstOrDefault() : null);
                if (own.Count > 1)
                    await TellAsync(kind, name, $"exists {own.Count} times; {SigNozClient.Id(own[0])} is kept up to date, delete the others");
                if (existing is null && named.Count > 0)
                    throw new SigNozException($"The {kind} '{name}' exists and was not made by this command. Rename it, or let --adopt replace it.") { IsRefusal = true };
                var differences = existing is null ? [] : JsonDifference.Between(existing, wanted);
                if (existing is not null && differences.Count == 0)
                {
                    report.Unchanged++;
                    return true;
                }
                if (existing?["locked"] is JsonValue locked && locked.TryGetValue(out bool isLocked) && isLocked)
                    throw new SigNozException($"The {kind} '{name}' is locked in SigNoz. Unlock it there, or it stays as it is.") { IsRefusal = true };
                if (!DryRun)
                    await (existing is null ? create(wanted, token) : replace(SigNozClient.Id(existing), wanted, token));
                await CountAsync(kind, name, isNew: existing is null, differences.Select(difference => difference.ToString()).ToList());
                return true;
            }, cancellationToken);
        }
        catch (SigNozException error) when (error.IsRefusal)
        {
            report.Problems.Add($"{kind} '{name}': {error.Message}");
        }
    }

    /// <summary>Makes the channel or finds it.</summary>
    /// <returns>Its name; null where there is none, so that SigNoz's routing policies decide whom an alert reaches.</returns>
    private Task<string?> ChannelAsync(CancellationToken cancellationToken) => retry.RunAsync(async token =>
    {
        var name = options.Channel ?? SigNozOptions.DefaultChannel;
        var existing = await client.FindChannelAsync(name, token);
        if (options.Webhook is null)
        {
            if (existing is not null)
                return name;
            if (options.Channel is not null)
                throw new SigNozException($"There is no channel '{name}' in SigNoz. Make it there, or set SigNoz__Webhook to where it is to post.");
            await output.WriteLineAsync("No channel: alerts follow SigNoz's routing policies. --channel names one, SigNoz__Webhook makes one.");
            return null;
        }
        var wanted = new JsonObject
        {
            ["name"] = name,
            ["webhook_configs"] = new JsonArray(new JsonObject { ["url"] = options.Webhook.AbsoluteUri, ["send_resolved"] = true }),
        };
        if (existing is null)
        {
            if (!DryRun)
                await client.CreateChannelAsync(wanted, token);
            await CountAsync("channel", name, isNew: true, []);
            return name;
        }
        if ((string?)existing["type"] != "webhook")
            throw new SigNozException($"The channel '{name}' exists and is no webhook. Leave SigNoz:Webhook out to use it as it is, or name another channel with --channel.");
        // Addresses of webhooks are secrets, so the differences are only named.
        var differences = JsonDifference.Between(Receiver(existing), wanted);
        if (differences.Count == 0)
        {
            report.Unchanged++;
            return name;
        }
        if (!DryRun)
            await client.ReplaceChannelAsync(SigNozClient.Id(existing), wanted, token);
        await CountAsync("channel", name, isNew: false, differences.Select(difference => $"{difference.Path}: changed").ToList());
        return name;
    }, cancellationToken);

    private static JsonNode? Receiver(JsonObject channel)
    {
        try
        {
            return (string?)channel["data"] is { } data ? JsonNode.Parse(data) : null;
        }
        catch (JsonException)
        {
            return null; // whatever it is, it is to be replaced
        }
    }

    private async Task CountAsync(string kind, string name, bool isNew, IReadOnlyList<string> differences)
    {
        if (isNew)
            report.Created++;
        else
            report.Changed++;
        await TellAsync(kind, name, (isNew, DryRun) switch { (true, false) => "created", (true, true) => "to be created", (false, false) => "changed", _ => "to be changed" });
        foreach (var difference in differences.Take(MaxDifferences))
            await output.WriteLineAsync($"    {difference}");
        if (differences.Count > MaxDifferences)
            await output.WriteLineAsync($"    … and {differences.Count - MaxDifferences} more");
    }

    private Task TellAsync(string kind, string name, string what) => output.WriteLineAsync($"{kind,-10} {name}: {what}");
}
