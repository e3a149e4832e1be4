using BenchmarkDotNet.Running;
using Sos.Benchmarks.Expressions;

// Everything after the project's name goes to BenchmarkDotNet, such as: --filter '*Expression*'
BenchmarkSwitcher.FromAssembly(typeof(ExpressionBenchmarks).Assembly).Run(args);
return 0;
