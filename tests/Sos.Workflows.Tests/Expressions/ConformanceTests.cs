using System.Text.Json;
using Xunit.Abstractions;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>
/// Runs the CEL specification's conformance suite when it is there: the file that <c>SOS_CEL_CASES</c> names, or
/// <c>shared/cel/cases.json</c> beside the repository.
/// </summary>
public sealed class ConformanceTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_case_of_the_conformance_suite_passes()
    {
        if (FindCases() is not { } path)
        {
            output.WriteLine("Not run: no cases found. Set SOS_CEL_CASES to the suite's cases.json.");
            return;
        }

        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var failures = new List<string>();
        var (total, passed) = (0, 0);
        foreach (var file in document.RootElement.EnumerateObject())
        {
            var cases = file.Value.EnumerateArray().Select(json => new ConformanceCase(
                file.Name, json.GetProperty("section").GetString()!, json.GetProperty("name").GetString()!,
                json.GetProperty("expr").GetString()!, json)).ToList();
            var failed = cases.Select(item => (item, Problem: item.Run())).Where(run => run.Problem is not null).ToList();
            failures.AddRange(failed.Select(run => $"{run.item} {run.Problem}"));
            output.WriteLine($"{file.Name,-16} {cases.Count - failed.Count,4} of {cases.Count,4}");
            total += cases.Count;
            passed += cases.Count - failed.Count;
        }

        output.WriteLine($"{"all",-16} {passed,4} of {total,4} ({(double)passed / total:P1}) in {path}");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.NotEqual(0, total);
    }

    private static string? FindCases()
    {
        if (Environment.GetEnvironmentVariable("SOS_CEL_CASES") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "cel", "cases.json");
            if (File.Exists(candidate)) return candidate;
        }

        return null;
    }
}
