using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

/// <summary>Runs every example of docs/expressions.md.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(FindPage());
    private static readonly CelVariables Variables = ReadData();

    public static TheoryData<string, string> Expressions => Examples("cel", " // ");

    public static TheoryData<string, string> Templates => Examples("template", " => ");

    public static TheoryData<string, string> Errors => Examples("error", " // ");

    [Theory]
    [MemberData(nameof(Expressions))]
    public void An_example_gives_the_value_beside_it(string source, string expected) =>
        Cel.AssertJson(expected, CelExpression.Parse(source).Evaluate(Variables, CelContext.Default).ToJsonElement());

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_example_gives_the_value_beside_it(string source, string expected)
    {
        var template = Template.Compile(JsonSerializer.SerializeToElement(source));
        Cel.AssertJson(expected, template.Render(Variables, CelContext.Default));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void A_wrong_example_gives_the_error_beside_it(string source, string expected)
    {
        var error = Assert.Throws<CelException>(() =>
        {
            var expression = CelExpression.Parse(source);
            if (expression.Problems is [var problem, ..]) throw new CelException(problem);
            return expression.Evaluate(Variables, CelContext.Default);
        });
        Assert.Equal(expected, error.Error.Message);
    }

    [Fact]
    public void The_page_names_every_function_and_macro()
    {
        var functions = Sos.Workflows.Expressions.Functions.FunctionTable.Functions.Select(function => function.Name);
        var missing = functions.Select(name => name[(name.IndexOf('.') + 1)..])
            .Except(["dyn", "hasValue", "none", "of", "ofNonZeroValue", "unwrap", "unwrapOpt", "first", "last", "bool", "uint", "equivalent", "intersects"])
            .Where(name => !Regex.IsMatch(Page, $@"\b{name}\b"));
        Assert.Empty(missing);
    }


    private static TheoryData<string, string> Examples(string language, string separator)
    {
        var examples = new TheoryData<string, string>();
        foreach (var block in Fences().Matches(Page).Where(match => match.Groups["language"].Value == language))
        {
            foreach (var line in block.Groups["body"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var at = line.LastIndexOf(separator, StringComparison.Ordinal);
                Assert.True(at > 0, $"The example has no result: {line}");
                examples.Add(line[..at].Trim(), line[(at + separator.Length)..].Trim());
            }
        }

        Assert.NotEmpty(examples);
        return examples;
    }

    private static CelVariables ReadData()
    {
        var block = Fences().Matches(Page).Single(match => match.Groups["language"].Value == "json data");
        var variables = new CelVariables();
        foreach (var property in JsonElement.Parse(block.Groups["body"].Value).EnumerateObject()) variables.Add(property.Name, property.Value);
        return variables;
    }

    private static string FindPage()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "docs", "expressions.md");
            if (File.Exists(candidate)) return candidate;
        }

        throw new FileNotFoundException("docs/expressions.md is in no folder above the tests.");
    }

    [GeneratedRegex("^```(?<language>[a-z ]+)\n(?<body>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();
}
