using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sos.Executors.Hosting;
using Sos.Executors.Nodes;
using Sos.Executors.Nodes.Agent;
using Sos.Executors.Nodes.Approval;
using Sos.Executors.Nodes.Connector;
using Sos.Executors.Nodes.Credentials;
using Sos.Executors.Nodes.Database;
using Sos.Executors.Nodes.Documents;
using Sos.Executors.Nodes.Fail;
using Sos.Executors.Nodes.File;
using Sos.Executors.Nodes.Foreach;
using Sos.Executors.Nodes.Http;
using Sos.Executors.Nodes.If;
using Sos.Executors.Nodes.Llm;
using Sos.Executors.Nodes.Merge;
using Sos.Executors.Nodes.Rag;
using Sos.Executors.Nodes.Switch;
using Sos.Executors.Nodes.Transform;
using Sos.Executors.Nodes.Wait;
using Sos.Executors.Nodes.Workflow;
using Sos.Workflows.Json;
using Sos.Workflows.Nodes;

namespace Sos.Executors.Tests.Nodes;

public sealed class BuiltInNodesTests
{
    private static readonly Dictionary<string, JsonTypeInfo> Configs = new()
    {
        ["agent"] = AgentJson.Default.AgentConfig,
        ["approval"] = ApprovalJson.Default.ApprovalConfig,
        ["credentials"] = CredentialsJson.Default.CredentialsConfig,
        ["database"] = DatabaseJson.Default.DatabaseConfig,
        ["documents"] = DocumentsJson.Default.DocumentsConfig,
        ["fail"] = FailJson.Default.FailConfig,
        ["file"] = FileJson.Default.FileConfig,
        ["foreach"] = ForeachJson.Default.ForeachConfig,
        ["connector"] = ConnectorNodeJson.Default.ConnectorConfig,
        ["http"] = HttpJson.Default.HttpConfig,
        ["if"] = IfJson.Default.IfConfig,
        ["llm"] = LlmJson.Default.LlmConfig,
        ["merge"] = MergeJson.Default.MergeConfig,
        ["rag"] = RagNodeJson.Default.RagConfig,
        ["switch"] = SwitchJson.Default.SwitchConfig,
        ["transform"] = TransformJson.Default.TransformConfig,
        ["wait"] = WaitJson.Default.WaitConfig,
        ["workflow"] = WorkflowJson.Default.WorkflowConfig,
    };

    public static TheoryData<string> Names => [.. BuiltInNodes.Types.Select(t => t.Name)];

    [Fact]
    public void Every_type_has_an_executor_and_a_place_in_the_catalog()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:sos"] = "Host=nobody.asks";
        builder.AddExecutor();
        builder.Services.AddNodes().AddNodeCatalog();
        using var host = builder.Build();
        var services = host.Services;
        var executors = services.GetRequiredService<NodeExecutors>();
        Assert.Equal(Configs.Keys.Order(StringComparer.Ordinal), services.GetRequiredService<NodeCatalog>().Names.Order(StringComparer.Ordinal));
        Assert.Equal(Configs.Count, services.GetServices<NodeExecutor>().Count());
        foreach (var type in BuiltInNodes.Types)
        {
            Assert.True(executors.TryGet(type.Name, out var executor));
            Assert.Same(type, executor.Type);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_config_record_has_the_properties_of_its_schema(string name)
    {
        var type = Type(name);
        Assert.Equal(PropertyNames(type.ConfigSchema), RecordProperties(Configs[name]));
        if (name == "http")
        {
            var properties = type.ConfigSchema.GetProperty("properties");
            Assert.Equal(PropertyNames(properties.GetProperty("auth")), RecordProperties(HttpJson.Default.HttpAuth));
            Assert.Equal(PropertyNames(properties.GetProperty("download")), RecordProperties(HttpJson.Default.HttpDownload));
            Assert.Equal(PropertyNames(properties.GetProperty("pagination")), RecordProperties(HttpJson.Default.PagingRules));
            Assert.Equal(PropertyNames(properties.GetProperty("multipart").GetProperty("items")), RecordProperties(HttpJson.Default.HttpPart));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Defaults_in_the_schema_are_those_of_the_record(string name)
    {
        // The record that an empty config gives, written as JSON, must show each default that the schema promises.
        var record = JsonSerializer.SerializeToElement(JsonSerializer.Deserialize("{}"u8, WithUndefined(Configs[name])), WithUndefined(Configs[name]));
        foreach (var property in Type(name).ConfigSchema.GetProperty("properties").EnumerateObject())
        {
            if (property.Value.TryGetProperty("default", out var expected) && !SaidInCode.Contains($"{name}.{property.Name}"))
                NodeRun.AssertJson(expected.GetRawText(), record.GetProperty(property.Name));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_schema_property_is_explained(string name)
    {
        var schema = Type(name).ConfigSchema;
        Assert.Equal((Type(name).Title, "https://json-schema.org/draft/2020-12/schema"), (Text(schema, "title"), Text(schema, "$schema")));
        AssertExplained(schema, name);

        static void AssertExplained(JsonElement schema, string path)
        {
            Assert.True(Text(schema, "title") is { Length: > 0 }, $"{path} has no title.");
            Assert.True(Text(schema, "description") is { Length: > 10 } text && text.EndsWith('.'), $"{path} has no description that is a sentence.");
            if (schema.TryGetProperty("properties", out var properties))
            {
                Assert.True(schema.GetProperty("additionalProperties").ValueKind == JsonValueKind.False, $"{path} takes properties that it does not know.");
                foreach (var property in properties.EnumerateObject())
                    AssertExplained(property.Value, $"{path}.{property.Name}");
            }
            foreach (var inner in (string[])["items", "additionalProperties"])
            {
                if (schema.TryGetProperty(inner, out var innerSchema) && innerSchema.ValueKind == JsonValueKind.Object)
                    AssertExplained(innerSchema, $"{path}.{inner}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Examples_and_defaults_satisfy_their_schemas(string name)
    {
        var options = new JsonSchemaOptions { TemplateKind = Kind };
        foreach (var property in Type(name).ConfigSchema.GetProperty("properties").EnumerateObject())
        {
            var schema = JsonSchema.Compile(property.Value);
            var examples = property.Value.TryGetProperty("examples", out var list) ? list.EnumerateArray().ToArray() : [];
            Assert.True(examples.Length > 0 || property.Name == "output", $"{name}.{property.Name} has no example.");
            if (property.Value.TryGetProperty("default", out var byDefault))
                examples = [.. examples, byDefault];
            foreach (var example in examples)
                Assert.Empty(schema.Evaluate(example, options).Errors);
        }

        static TemplateKind Kind(string text) =>
            !text.Contains("{{", StringComparison.Ordinal) ? TemplateKind.None
            : text.StartsWith("{{", StringComparison.Ordinal) && text.EndsWith("}}", StringComparison.Ordinal) ? TemplateKind.Expression
            : TemplateKind.Text;
    }

    // Where the absence of a value is what gives the default.
    private static readonly HashSet<string> SaidInCode = ["http.expectedStatus", "workflow.input"];

    private static NodeType Type(string name) => BuiltInNodes.Types.Single(t => t.Name == name);

    private static string[] PropertyNames(JsonElement schema) =>
        [.. schema.GetProperty("properties").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)];

    private static string[] RecordProperties(JsonTypeInfo config) => [.. config.Properties.Select(p => p.Name).Order(StringComparer.Ordinal)];

    private static string? Text(JsonElement schema, string property) => schema.TryGetProperty(property, out var value) ? value.GetString() : null;

    // Undefined elements can't be written, and are no defaults.
    private static JsonTypeInfo WithUndefined(JsonTypeInfo config)
    {
        var options = new JsonSerializerOptions(config.Options)
        {
            TypeInfoResolver = config.OriginatingResolver!.WithAddedModifier(info =>
            {
                foreach (var property in info.Properties.Where(p => p.PropertyType == typeof(JsonElement)))
                    property.ShouldSerialize = (_, value) => ((JsonElement)value!).ValueKind != JsonValueKind.Undefined;
            }),
        };
        return options.GetTypeInfo(config.Type);
    }
}
