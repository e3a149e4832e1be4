using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sos.ServiceDefaults.Tests.Telemetry;

/// <summary>
/// A service in a process of its own: records a span that waits in the batch for an hour, says that it is ready, and
/// runs until it is told to stop.
/// </summary>
static class SignalledService
{
    public const string Ready = "ready";

    public static async Task Main()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults("signalled");
        await using var app = builder.Build();
        await app.StartAsync();
        using var source = new ActivitySource("Sos");
        source.StartActivity("unsent")!.Dispose();
        await Console.Out.WriteLineAsync(Ready);
        await app.WaitForShutdownAsync();
    }
}
