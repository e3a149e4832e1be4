using Microsoft.Extensions.Configuration;
using Sos.Migrations.SigNoz;
using Sos.Migrations.Tests.SigNoz.Api;

namespace Sos.Migrations.Tests.SigNoz;

/// <summary>Runs of the provisioner.</summary>
internal static class Provisioning
{
    public const string Webhook = "https://hooks.example.com/T0/Canary-5ecret";

    public static SigNozContent BuiltIn { get; } = SigNozContent.BuiltIn();

    /// <summary>Applies a content; a request that breaks the API description fails the test.</summary>
    public static async Task<(ProvisionReport Report, string Output)> ApplyAsync(
        SigNozServer server, SigNozContent? content = null, string? channel = null, string? webhook = null, string? runbooks = null, string? requestTimeout = null, bool dryRun = false, bool adopt = false)
    {
        var options = SigNozOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["SigNoz:Channel"] = channel, ["SigNoz:Webhook"] = webhook, ["SigNoz:Runbooks"] = runbooks, ["SigNoz:RequestTimeout"] = requestTimeout, ["SigNoz:RetryDelay"] = "00:00:00.001",
        }).Build(), server.Url);
        using var http = new SigNozHttp(options, TimeProvider.System);
        var output = new StringWriter { NewLine = "\n" };
        var report = await new SigNozProvisioner(new SigNozClient(http), new SigNozRetry(options, TimeProvider.System), options, output) { DryRun = dryRun, Adopt = adopt }
            .ApplyAsync(content ?? BuiltIn, CancellationToken.None);
        Assert.Equal("", string.Join("\n", server.Problems.Distinct()));
        return (report, output.ToString());
    }
}
