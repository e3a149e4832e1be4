using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sos.Executors.Mcp;
using Sos.Executors.Nodes;

namespace Sos.Executors.Tests.Mcp;

/// <summary>Reading and checking the configuration.</summary>
public sealed class McpOptionsTests
{
    [Fact]
    public void A_complete_configuration_is_read()
    {
        var options = Read(new()
        {
            ["Servers:files:Command"] = "npx",
            ["Servers:files:Args:0"] = "-y",
            ["Servers:files:Args:1"] = "@modelcontextprotocol/server-filesystem",
            ["Servers:files:Env:TOKEN"] = "t",
            ["Servers:files:CallTimeout"] = "00:00:10",
            ["Servers:crm:Url"] = "https://crm.example.com/mcp",
            ["Servers:crm:Token"] = "secret",
            ["Servers:crm:Headers:X-Team"] = "blue",
            ["Servers:crm:Workspaces:0"] = "0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77",
            ["IdleTimeout"] = "00:01:00",
        });

        var files = options.Servers["FILES"];
        Assert.Equal(("npx", "-y", "t", TimeSpan.FromSeconds(10)), (files.Command, files.Args[0], files.Env["TOKEN"], files.CallTimeout));
        var crm = options.Servers["crm"];
        Assert.Equal(("https://crm.example.com/mcp", "secret", "blue"), (crm.Url, crm.Token, crm.Headers["x-team"]));
        Assert.False(crm.IsFor(Guid.NewGuid()));
        Assert.True(crm.IsFor(crm.Workspaces.Single()));
        Assert.Equal(TimeSpan.FromMinutes(1), options.IdleTimeout);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once_and_no_secret_repeated()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Read(new()
        {
            ["Servers:none:Args:0"] = "x",
            ["Servers:both:Command"] = "x",
            ["Servers:both:Url"] = "https://example.com",
            ["Servers:bad name:Command"] = "x",
            ["Servers:program:Command"] = "x",
            ["Servers:program:Token"] = "s3cret",
            ["Servers:program:WorkingDirectory"] = "here",
            ["Servers:remote:Url"] = "ftp://example.com",
            ["Servers:remote:Token"] = "s3cret",
            ["Servers:remote:Headers:Authorization"] = "s3cret",
            ["Servers:remote:Headers:Host"] = "s3cret",
            ["Servers:slow:Command"] = "x",
            ["Servers:slow:CallTimeout"] = "1.00:00:00",
        }));

        string[] expected =
        [
            "Sos:Mcp:Servers:none: Set either Command (a program to start) or Url (a server to call).",
            "Sos:Mcp:Servers:both: Set either Command (a program to start) or Url (a server to call).",
            "Sos:Mcp:Servers:bad name: A server's name has up to 64 letters, digits, hyphens and underscores.",
            "Sos:Mcp:Servers:program: Headers and Token go with Url; a program gets its secrets by Env.",
            "Sos:Mcp:Servers:program: WorkingDirectory is an absolute path.",
            "Sos:Mcp:Servers:remote: Url: The URL's scheme is 'ftp'; only http and https are called.",
            "Sos:Mcp:Servers:remote: Headers: The header 'Host' is set by SOS itself; remove it.",
            "Sos:Mcp:Servers:remote: Set either Token or the header Authorization.",
            "Sos:Mcp:Servers:slow: CallTimeout is from 100 ms to 1 hour.",
        ];
        Assert.Equal(expected.Order(), failure.Failures.Order());
        Assert.DoesNotContain("s3cret", failure.Message, StringComparison.Ordinal);
    }

    private static McpOptions Read(Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => $"Sos:Mcp:{s.Key}", s => s.Value));
        builder.Services.AddNodes();
        using var services = builder.Services.BuildServiceProvider();
        Assert.NotNull(services.GetRequiredService<McpServers>());
        return services.GetRequiredService<IOptions<McpOptions>>().Value;
    }
}
