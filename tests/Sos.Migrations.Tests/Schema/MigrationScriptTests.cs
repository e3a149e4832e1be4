using System.Text.RegularExpressions;
using Sos.Migrations.Schema;
using Sos.Workflows.Store;

namespace Sos.Migrations.Tests.Schema;

public sealed partial class MigrationScriptTests
{
    [Fact]
    public void Services_wait_for_the_newest_script() => Assert.Equal(SchemaVersion.Needed, MigrationScript.All[^1].Version);

    /// <summary>
    /// An upgrade migrates first, and the programs before it work on until they are replaced. So what they use stays: a
    /// column goes one release after the last program that reads it, in a script that is then named here.
    /// </summary>
    [Fact]
    public void Scripts_take_nothing_away_from_the_programs_before_them() => Assert.All(
        MigrationScript.All.Where(script => script.Version > 10),
        script => Assert.DoesNotMatch(TakesAway(), script.Sql));

    [GeneratedRegex(@"\b(drop\s+(table|column|view|function|type|schema)|rename\s+(to|column|constraint)|alter\s+column\s+\w+\s+(set\s+not\s+null|(set\s+data\s+)?type)|truncate|revoke\b(?!.*from\s+public))", RegexOptions.IgnoreCase)]
    private static partial Regex TakesAway();

    [Fact]
    public void The_program_brings_its_scripts_numbered_from_one_without_a_gap()
    {
        Assert.NotEmpty(MigrationScript.All);
        Assert.Equal(Enumerable.Range(1, MigrationScript.All.Count), MigrationScript.All.Select(script => script.Version));
    }

    [Fact]
    public void A_script_is_the_same_whatever_its_line_ends()
    {
        var unix = MigrationScript.Parse("0001_a.sql", "select 1;\nselect 2;\n");
        var windows = MigrationScript.Parse("0001_a.sql", "select 1;\r\nselect 2;\r\n");
        var other = MigrationScript.Parse("0001_a.sql", "select 1;\nselect 3;\n");

        Assert.Equal(unix.Checksum, windows.Checksum);
        Assert.NotEqual(unix.Checksum, other.Checksum);
    }

    [Theory]
    [InlineData("1_a.sql")]
    [InlineData("0001-a.sql")]
    [InlineData("0001_A.sql")]
    [InlineData("0001_.sql")]
    public void A_misnamed_script_is_refused(string name) =>
        Assert.Contains(name, Assert.Throws<MigrationException>(() => MigrationScript.Parse(name, "")).Message);

    [Fact]
    public void Two_scripts_with_one_number_are_refused() =>
        Assert.Contains("0002_a.sql and 0002_b.sql", Assert.Throws<MigrationException>(() =>
            MigrationScript.InOrder([MigrationScript.Parse("0002_a.sql", ""), MigrationScript.Parse("0001_x.sql", ""), MigrationScript.Parse("0002_b.sql", "")])).Message);
}
