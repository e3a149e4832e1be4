using Microsoft.Extensions.Options;
using Sos.Executors.Mcp.Http;
using Sos.Executors.Outbound;

namespace Sos.Executors.Mcp;

/// <summary>Says everything that is wrong with the configured servers at once, before the host starts; repeats no value that may be secret.</summary>
internal sealed class McpOptionsCheck : IValidateOptions<McpOptions>
{
    private const int MaxNameLength = 64;

    public ValidateOptionsResult Validate(string? name, McpOptions options)
    {
        var problems = options.Servers.SelectMany(server => Problems(server.Key, server.Value).Select(problem => $"{McpOptions.Section}:Servers:{server.Key}: {problem}")).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Problems(string name, McpServerOptions server)
    {
        if (name.Length > MaxNameLength || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            yield return $"A server's name has up to {MaxNameLength} letters, digits, hyphens and underscores.";
        if (string.IsNullOrWhiteSpace(server.Command) == string.IsNullOrWhiteSpace(server.Url))
            yield return "Set either Command (a program to start) or Url (a server to call).";
        if (server.StartTimeout < TimeSpan.FromMilliseconds(100) || server.StartTimeout > TimeSpan.FromMinutes(10))
            yield return "StartTimeout is from 100 ms to 10 minutes.";
        if (server.CallTimeout < TimeSpan.FromMilliseconds(100) || server.CallTimeout > TimeSpan.FromHours(1))
            yield return "CallTimeout is from 100 ms to 1 hour.";
        if (server.MaxConcurrentCalls is < 1 or > 1_000)
            yield return "MaxConcurrentCalls is from 1 to 1,000.";
        foreach (var problem in string.IsNullOrWhiteSpace(server.Url) ? ProgramProblems(server) : AddressProblems(server, server.Url))
            yield return problem;
    }

    private static IEnumerable<string> ProgramProblems(McpServerOptions server)
    {
        if (server.Headers.Count > 0 || server.Token is not null)
            yield return "Headers and Token go with Url; a program gets its secrets by Env.";
        if (server.WorkingDirectory is { } folder && !Path.IsPathFullyQualified(folder))
            yield return "WorkingDirectory is an absolute path.";
        foreach (var variable in server.Env)
        {
            if (variable.Key.Length == 0 || variable.Key.AsSpan().ContainsAny('=', '\0') || variable.Value.Contains('\0', StringComparison.Ordinal))
                yield return $"Env: '{variable.Key}' can't be an environment variable.";
        }
        if (server.Args.Any(argument => argument.Contains('\0', StringComparison.Ordinal)))
            yield return "Args: an argument has a NUL character.";
    }

    private static IEnumerable<string> AddressProblems(McpServerOptions server, string url)
    {
        if (!OutboundUrl.TryParse(url, out _, out var problem))
            yield return $"Url: {problem}";
        if (server.Args.Count > 0 || server.Env.Count > 0 || server.WorkingDirectory is not null)
            yield return "Args, Env and WorkingDirectory go with Command.";
        foreach (var header in server.Headers)
        {
            if (McpHeaders.Problem(header.Key, header.Value) is { } wrong)
                yield return $"Headers: {wrong}";
        }
        if (server.Token is { } token && OutboundHeaders.ValueProblem("Authorization", token) is not null)
            yield return "Token: it has a line break, a control character or a character that is not ASCII, or is too long.";
        if (server.Token is not null && server.Headers.ContainsKey("Authorization"))
            yield return "Set either Token or the header Authorization.";
    }
}
