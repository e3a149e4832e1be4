using System.CommandLine;
using BenchmarkDotNet.Running;
using Sos.Benchmarks.EndToEnd;
using Sos.Benchmarks.Expressions;
using Sos.Benchmarks.Pages;
using Sos.Benchmarks.Rag;

// What follows "micro" goes to BenchmarkDotNet, which has options of its own, such as: --filter '*Expression*'
if (args is ["micro", .. var rest])
{
    BenchmarkSwitcher.FromAssembly(typeof(ExpressionBenchmarks).Assembly).Run(rest);
    return 0;
}

var root = new RootCommand("Measures SOS. Build it with -c Release, and leave the machine alone meanwhile.")
{
    ThroughputCommand.Create(),
    RagCommand.Create(),
    PagesCommand.Create(),
    new Command("micro", "Runs the micro benchmarks; what follows goes to BenchmarkDotNet, such as: micro --filter '*Expression*'"),
};
return await root.Parse(args is [] ? ["--help"] : args).InvokeAsync();
