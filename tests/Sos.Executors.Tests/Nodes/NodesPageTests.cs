using System.Text.Json;
using System.Text.RegularExpressions;
using Sos.Executors.Files;
using Sos.Executors.Nodes;
using Sos.Workflows.Connectors;
using Sos.Workflows.Models;
using Sos.Workflows.Nodes;
using Sos.Workflows.Validation;

namespace Sos.Executors.Tests.Nodes;

/// <summary>Keeps <c>docs/nodes.md</c> complete and its examples valid.</summary>
public sealed partial class NodesPageTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Page = File.ReadAllText(Path.Combine(Root, "docs", "nodes.md"));

    // What the engine adds for single types.
    private static readonly Dictionary<string, string[]> OfTheEngine = new()
    {
        ["foreach"] = ["item_failed"],
        ["workflow"] = ["workflow_not_found", "too_deep"],
    };

    public static TheoryData<string> Names => [.. BuiltInNodes.Types.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_type_has_a_section_with_its_config_branches_and_errors(string name)
    {
        var section = Section(name);
        var type = BuiltInNodes.Types.Single(t => t.Name == name);
        string[] expected =
        [
            .. type.ConfigSchema.GetProperty("properties").EnumerateObject().Select(p => p.Name),
            .. type.Branches ?? [],
            .. ErrorCodes(name),
            .. OfTheEngine.GetValueOrDefault(name, []),
        ];
        Assert.All(expected, word => Assert.Contains($"`{word}`", section, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_section_names_an_error_that_does_not_exist(string name)
    {
        var known = ErrorCodes(name).Concat(OfTheEngine.GetValueOrDefault(name, [])).ToHashSet();
        var documented = ErrorRow().Matches(Section(name)).Select(m => m.Groups[1].Value).Where(code => code.Contains('_', StringComparison.Ordinal));
        Assert.Empty(documented.Except(known).Except(["http_<status>", "connector_<status>"]));
    }

    [Fact]
    public void The_errors_of_model_calls_are_documented_and_no_others()
    {
        var section = Page[Page.IndexOf("\n## Calling models\n", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## `", StringComparison.Ordinal)];
        var documented = ErrorRow().Matches(section).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal);
        var source = Directory.EnumerateFiles(Path.Combine(Root, "Sos.Executors", "Models"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);
        var known = source.SelectMany(text => ModelErrorInSource().Matches(text)).Select(m => m.Groups[1].Value)
            .Append(BudgetRefusal.Code).Append("address_not_allowed").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(known, documented);
    }

    [Fact]
    public void The_errors_of_credentials_are_documented_and_no_others()
    {
        var section = Page[Page.IndexOf("\n## Credentials\n", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 1, StringComparison.Ordinal)];
        var documented = ErrorRow().Matches(section).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal);
        var source = Directory.EnumerateFiles(Path.Combine(Root, "Sos.Executors", "Credentials"), "*.cs").Select(File.ReadAllText);
        var known = source.SelectMany(text => CredentialErrorInSource().Matches(text)).Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(known, documented);
    }

    [Fact]
    public void The_examples_are_valid_definitions()
    {
        var validator = new WorkflowValidator(new NodeCatalog(BuiltInNodes.Types));
        var examples = Example().Matches(Page).Select(m => m.Groups[1].Value).ToArray();
        Assert.Equal(BuiltInNodes.Types.Count + 1, examples.Length);
        foreach (var example in examples)
        {
            var problems = validator.Validate(JsonElement.Parse($$"""{"name": "example", "nodes": [{{example}}]}""")).Problems;
            // The steps that an example goes on from are not part of it.
            Assert.Empty(problems.Where(p => p.Code != ProblemCodes.UnknownStep).Select(p => $"{p.Pointer}: {p.Message}\n{example}"));
        }
    }

    [Fact]
    public void The_page_of_connectors_lists_those_that_sos_comes_with()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "connectors.md"));
        Assert.All(ShippedConnectors.Ids, id => Assert.Contains($"| `{id}` | [{ShippedConnectors.Find(id)!.Title}]({ShippedConnectors.Find(id)!.Documentation}) |", page, StringComparison.Ordinal));
    }

    private static string Section(string name)
    {
        var start = Page.IndexOf($"\n## `{name}`\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/nodes.md has no section '## `{name}`'.");
        var end = Page.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? Page[start..] : Page[start..end];
    }

    // The codes as they stand in the type's source.
    private static IEnumerable<string> ErrorCodes(string name)
    {
        var folder = Path.Combine(Root, "Sos.Executors", "Nodes");
        var source = Directory.GetDirectories(folder).Single(d => Path.GetFileName(d).Equals(name, StringComparison.OrdinalIgnoreCase));
        var files = name is "agent" or "database" or "http"
            ? Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            : Directory.EnumerateFiles(source, "*Executor.cs").Concat(Directory.EnumerateFiles(source, "*Factory.cs"));
        if (name == "http")
            files = files.Append(Path.Combine(Root, "Sos.Executors", "Outbound", "OutboundFailure.cs"));
        string[] more = name switch
        {
            "rag" => ["RagException.cs", "Search", "Ingest/ChunkEmbeddings.cs"],
            "documents" => ["RagException.cs", "Reading", "Chunking", "Ingest"],
            "connector" => ["../Connectors", "../Connectors/Http", "../Connectors/Health"],
            _ => [],
        };
        files = files.Concat(more.Select(part => Path.Combine(Root, "Sos.Executors", "Rag", part)).SelectMany(path => File.Exists(path) ? [path] : Directory.GetFiles(path, "*.cs")));
        var ofTheStore = name == "file" ? typeof(FileErrorCodes).GetFields().Select(f => (string)f.GetRawConstantValue()!) : [];
        return files.SelectMany(file => ErrorInSource().Matches(File.ReadAllText(file))).Select(m => m.Groups[1].Value).Concat(ofTheStore).Distinct();
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sos.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }

    [GeneratedRegex("""(?:Fail|Failed|NodeError|HttpConfigException|ConnectorException|RagException|DocumentRefusedException|AgentException|LimitReached|new)\(\s*"([a-z]+(?:_[a-z]+)+)",""")]
    private static partial Regex ErrorInSource();

    [GeneratedRegex("""(?:Failure|Final|Again|NodeError)\(\s*"([a-z]+(?:_[a-z]+)+)",""")]
    private static partial Regex ModelErrorInSource();

    [GeneratedRegex("""(?:CredentialException|=> new)\(\s*"([a-z0-9]+(?:_[a-z]+)+)",""")]
    private static partial Regex CredentialErrorInSource();

    [GeneratedRegex(@"^\| `([^`]+)`[^|]*\|[^|]*\| (?:no|yes|unless)", RegexOptions.Multiline)]
    private static partial Regex ErrorRow();

    [GeneratedRegex(@"```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
