using System.Text;
using Sos.Migrations.Embedded;

namespace Sos.Migrations.Tests.Embedded;

public sealed class ServerLogTests
{
    [Fact]
    public async Task The_log_keeps_the_newest_lines_and_never_grows_past_twice_its_limit()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "server.log");
        var lines = string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{i:00000} {new string('x', 500)}\n"));
        using (var log = new ServerLog(file))
        {
            await log.DrainAsync(new StreamReader(new MemoryStream(Encoding.UTF8.GetBytes(lines))));
            Assert.Contains("29999 ", log.Recent);
            Assert.Equal(30, log.Recent.Split('\n').Length);
        }

        Assert.Equal(["server.log", "server.log.1"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(folder.Path), each => Assert.InRange(new FileInfo(each).Length, 1, 5_300_000));
        Assert.StartsWith("29999 ", File.ReadLines(file).Last());
    }
}
