using System.Diagnostics;
using System.Globalization;

namespace Sos.Benchmarks.EndToEnd;

/// <summary>Processor time used so far, in seconds. What only Linux tells (/proc) is NaN elsewhere.</summary>
/// <param name="Product">API and executor.</param>
/// <param name="Postgres">All of PostgreSQL's processes.</param>
/// <param name="Benchmark">This process: the load and the telemetry sink.</param>
/// <param name="Machine">Everything that runs on the machine.</param>
internal sealed record ProcessorTime(double Product, double Postgres, double Benchmark, double Machine)
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux

    /// <summary>What the machine did besides the benchmark.</summary>
    public double Others => Machine - Product - Postgres - Benchmark;

    public static ProcessorTime operator -(ProcessorTime a, ProcessorTime b) =>
        new(a.Product - b.Product, a.Postgres - b.Postgres, a.Benchmark - b.Benchmark, a.Machine - b.Machine);

    public static ProcessorTime Now(ProductProcess product)
    {
        using var api = Process.GetProcessById(product.Id);
        using var self = Process.GetCurrentProcess();
        return OperatingSystem.IsLinux()
            ? new(api.TotalProcessorTime.TotalSeconds, OfTree(product.PostgresId), self.TotalProcessorTime.TotalSeconds, OfMachine())
            : new(api.TotalProcessorTime.TotalSeconds, double.NaN, self.TotalProcessorTime.TotalSeconds, double.NaN);
    }

    /// <summary>A process and its children, those that have ended included.</summary>
    private static double OfTree(int root)
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || ReadStat(folder) is not { } stat)
                continue;
            if (id == root)
                ticks += stat.User + stat.System + stat.Reaped;
            else if (stat.Parent == root)
                ticks += stat.User + stat.System;
        }
        return ticks / TicksPerSecond;
    }

    /// <summary>proc(5): /proc/pid/stat, whose fields follow the name in brackets. Null when the process has ended.</summary>
    private static (int Parent, long User, long System, long Reaped)? ReadStat(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), Number(11), Number(12), Number(13) + Number(14));

            long Number(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>proc(5): the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.</summary>
    private static double OfMachine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new[] { 1, 2, 3, 6, 7 }.Sum(i => long.Parse(fields[i], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
