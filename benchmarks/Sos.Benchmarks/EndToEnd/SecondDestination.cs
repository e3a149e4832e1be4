using System.CommandLine.Parsing;
using Sos.Testing.Otlp;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>What stands beside the telemetry backend that takes everything.</summary>
internal enum SecondKind
{
    /// <summary>Nothing: there is one destination.</summary>
    One,

    /// <summary>Another one that takes everything.</summary>
    Both,

    /// <summary>One that refuses connections.</summary>
    Refused,

    /// <summary>One that answers each export after 30 seconds, which is three times the exports' timeout.</summary>
    Slow,
}

/// <summary>The second telemetry backend of a trial.</summary>
internal sealed class SecondDestination : IAsyncDisposable
{
    /// <summary>The name that the product gives it.</summary>
    public const string Name = "signoz";

    private static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(30);

    private RefusedPort? refused;

    /// <summary>Where it is; null without one.</summary>
    public Uri? Address { get; private init; }

    /// <summary>What it has received; null where it can't receive.</summary>
    public TelemetrySink? Sink { get; private init; }

    public static async Task<SecondDestination> StartAsync(SecondKind kind, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case SecondKind.Refused:
                var port = new RefusedPort();
                return new SecondDestination { refused = port, Address = new Uri(port.Endpoint) };
            case SecondKind.Both or SecondKind.Slow:
                var sink = await TelemetrySink.StartAsync(kind == SecondKind.Slow ? SlowAnswer : TimeSpan.Zero, cancellationToken);
                return new SecondDestination { Sink = sink, Address = sink.Address };
            default:
                return new SecondDestination();
        }
    }

    /// <summary>Reads the kinds that the command line names.</summary>
    public static SecondKind[] Parse(ArgumentResult result)
    {
        var kinds = new List<SecondKind>();
        foreach (var name in result.Tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (Enum.TryParse<SecondKind>(name, ignoreCase: true, out var kind) && Enum.IsDefined(kind) && !char.IsAsciiDigit(name[0]))
                kinds.Add(kind);
            else
                result.AddError($"'{name}' is no kind of destinations: use 'one', 'both', 'refused' or 'slow'.");
        }
        return [.. kinds.Distinct()];
    }

    public async ValueTask DisposeAsync()
    {
        refused?.Dispose();
        refused = null;
        if (Sink is not null)
            await Sink.DisposeAsync();
    }
}
