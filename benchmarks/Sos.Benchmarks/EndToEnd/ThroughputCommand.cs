using System.CommandLine;
using System.CommandLine.Parsing;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>
/// The <c>throughput</c> command: trials of the real product at several telemetry levels and with several
/// destinations, and one table of what they gave.
/// </summary>
internal static class ThroughputCommand
{
    private static readonly Option<int> Connections = Number("--connections", "Connections that submit at the same time", 64, 1, 10_000);
    private static readonly Option<int> Seconds = Number("--seconds", "How long executions are submitted while measuring", 20, 1, 3_600);
    private static readonly Option<int> WarmUp = Number("--warm-up", "Seconds of the same load before", 10, 1, 3_600);
    private static readonly Option<int> Rate = Number("--rate", "Executions a second to submit, all connections together; 0 for as many as are accepted", 0, 0, 1_000_000);
    private static readonly Option<int> Alone = Number("--alone", "Executions that run alone, one after another", 300, 1, 100_000);
    private static readonly Option<int> Idle = Number("--idle", "How many seconds to watch the idle product", 20, 1, 3_600);
    private static readonly Option<int> Rounds = Number("--rounds", "How often to repeat everything; the table shows medians", 1, 1, 100);

    private static readonly Option<TelemetryLevel[]> Telemetry = new("--telemetry")
    {
        Description = "Shares of traces to export: 'off' or percents",
        DefaultValueFactory = _ => [TelemetryLevel.Off, new(10), new(100)],
        CustomParser = TelemetryLevel.Parse,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<SecondKind[]> Destinations = new("--destinations")
    {
        Description = "What stands beside the telemetry backend: 'one' (nothing), 'both' (another that takes everything), 'refused' (one that refuses connections), 'slow' (one that answers after 30 s)",
        DefaultValueFactory = _ => [SecondKind.One],
        CustomParser = SecondDestination.Parse,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create()
    {
        var command = new Command("throughput", "Starts the product with a database of its own, runs 3-node workflows that do no I/O through its HTTP API, and prints what that took.")
        {
            Connections, Seconds, WarmUp, Rate, Alone, Idle, Telemetry, Destinations, Rounds,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new TrialOptions
        {
            Connections = parsed.GetValue(Connections),
            Load = TimeSpan.FromSeconds(parsed.GetValue(Seconds)),
            WarmUp = TimeSpan.FromSeconds(parsed.GetValue(WarmUp)),
            Rate = parsed.GetValue(Rate),
            Alone = parsed.GetValue(Alone),
            Idle = TimeSpan.FromSeconds(parsed.GetValue(Idle)),
        };
        var kinds = parsed.GetValue(Telemetry)!.SelectMany(level => parsed.GetValue(Destinations)!.Select(second => (Level: level, Second: second))).ToArray();
        var trials = kinds.ToDictionary(kind => kind, _ => new List<IReadOnlyList<Figure>>());
        var rounds = parsed.GetValue(Rounds);
        string? machine = null;
        for (var round = 1; round <= rounds; round++)
        {
            // Kind by kind within a round, so that a disturbance does not hit all trials of one kind.
            foreach (var kind in kinds)
            {
                await Console.Error.WriteLineAsync($"Round {round} of {rounds}, {Title(kind)} …");
                await using var trial = await Trial.StartAsync(options, kind.Level, kind.Second, cancellationToken);
                machine ??= await trial.DescribeMachineAsync(cancellationToken);
                trials[kind].Add(await trial.RunAsync(cancellationToken));
            }
        }
        Console.WriteLine($"{machine}; {options}; {(rounds == 1 ? "one round" : $"medians of {rounds} rounds")}.");
        Console.WriteLine();
        Console.Write(FigureTable.Markdown([.. kinds.Select(kind => (Title(kind), trials[kind]))]));
        return 0;
    }

    private static string Title((TelemetryLevel Level, SecondKind Second) kind) => kind.Second switch
    {
        SecondKind.Both => $"telemetry {kind.Level}, two destinations",
        SecondKind.Refused => $"telemetry {kind.Level}, the second refuses",
        SecondKind.Slow => $"telemetry {kind.Level}, the second answers after 30 s",
        _ => $"telemetry {kind.Level}",
    };

    private static Option<int> Number(string name, string description, int value, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var number && (number < min || number > max))
                result.AddError($"{name} must be a whole number from {min} to {max}.");
        });
        return option;
    }
}

/// <summary>The share of traces that the product samples and exports, in percent; 0 switches telemetry off altogether.</summary>
internal readonly record struct TelemetryLevel(int Percent)
{
    public static readonly TelemetryLevel Off = new(0);

    public double Ratio => Percent / 100.0;

    public static TelemetryLevel[] Parse(ArgumentResult result)
    {
        var levels = new List<TelemetryLevel>();
        foreach (var token in result.Tokens)
        {
            if (token.Value == "off")
                levels.Add(Off);
            else if (int.TryParse(token.Value, out var percent) && percent is > 0 and <= 100)
                levels.Add(new(percent));
            else
                result.AddError($"'{token.Value}' is no telemetry level: use 'off', or a whole number of percents from 1 to 100.");
        }
        return [.. levels.Distinct()];
    }

    public override string ToString() => Percent == 0 ? "off" : $"{Percent} %";
}
