using System.Diagnostics;
using Sos.Testing.Postgres;
namespace Sos.Migrations.Tests;
public class SmokeTests(Xunit.Abstractions.ITestOutputHelper o) {
  [Fact] public async Task Smoke() {
    var s = Stopwatch.StartNew();
    await using (var d = await TestDatabase.CreateAsync()) o.WriteLine($"first {s.ElapsedMilliseconds} {d.ConnectionString} {await d.QueryAsync<long>("select count(*) from pg_class")}");
    for (int i=0;i<6;i++) { s.Restart(); await using (var d = await TestDatabase.CreateAsync()) { o.WriteLine($"create {s.ElapsedMilliseconds}"); await d.QueryAsync<int>("select 1"); o.WriteLine($"query {s.ElapsedMilliseconds}"); } o.WriteLine($"drop {s.ElapsedMilliseconds}"); }
  }
}
