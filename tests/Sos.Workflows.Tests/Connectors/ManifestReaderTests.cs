using Sos.Workflows.Connectors;
using Sos.Workflows.Json;

namespace Sos.Workflows.Tests.Connectors;

public sealed class ManifestReaderTests
{
    private const string Head = "id: shop\ntitle: Shop\nbaseUrl: https://{site}.example.com/v1\nsettings: { site: { description: Your site. } }\n";

    [Fact]
    public void A_parameter_is_a_schema_and_says_where_it_goes()
    {
        var manifest = Read(Head + """
            actions:
              find:
                title: Find
                path: /items/{kind}
                parameters:
                  kind: { type: string, enum: [a, b], required: true }
                  where: { type: object, properties: { n: { type: integer } }, required: [n], in: query, list: json }
                  limit: { type: integer, default: 10 }
            """);
        var action = manifest.Actions["find"];
        Assert.True(ActionPlan.TryCreate(action, out var plan, out _));
        Assert.Equal(
            [("kind", ParameterPlace.Path, true), ("where", ParameterPlace.Query, false), ("limit", ParameterPlace.Query, false)],
            plan.Parameters.Select(p => (p.Name, p.Place, p.Parameter.Required)));
        Assert.Equal("""{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}""", action.Parameters["where"].Schema.GetRawText());
        Assert.Contains(plan.Check(System.Text.Json.JsonElement.Parse("""{"kind": "c"}""")), p => p.Pointer == "/kind");
        Assert.Empty(plan.Check(System.Text.Json.JsonElement.Parse("""{"kind": "a"}""")));
    }

    [Fact]
    public void A_parameter_that_only_expressions_read_goes_nowhere_else()
    {
        var manifest = Read(Head + """
            actions:
              send:
                title: Send
                method: POST
                parameters: { to: { type: string }, text: { type: string } }
                body: { recipients: [ { address: "{{ args.to }}" } ] }
            """);
        Assert.True(ActionPlan.TryCreate(manifest.Actions["send"], out var plan, out _));
        Assert.Equal([ParameterPlace.Expression, ParameterPlace.Body], plan.Parameters.Select(p => p.Place));
    }

    [Theory]
    [InlineData("id: Shop!\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A } }", "/id", "invalid_id")]
    [InlineData("id: shop\ntitle: x\nactions: { a: { title: A } }", "/baseUrl", "missing_property")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: ftp://a.b\nactions: { a: { title: A } }", "/baseUrl", "invalid_url")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://{y}.b\nactions: { a: { title: A } }", "/baseUrl", "unknown_setting")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b", "/actions", "no_actions")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, path: '/{q}' } }", "/actions/a/path", "unknown_parameter")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, path: 'x' } }", "/actions/a/path", "invalid_path")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, path: '/{q}', parameters: { q: { type: string } } } }", "/actions/a/parameters/q/required", "invalid_parameter")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, query: { x: '{{ args.nope }}' } } }", "/actions/a/parameters", "unknown_parameter")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, query: { x: '{{ 1 + }}' } } }", "/actions/a/query/x", "invalid_expression")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, body: { x: 1 } } }", "/actions/a/body", "invalid_body")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, headers: { Host: evil } } }", "/actions/a/headers/Host", "invalid_header")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nheaders: { 'A b': c }\nactions: { a: { title: A } }", "/headers/A b", "invalid_header")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, pagination: { type: cursor, query: c } } }", "/actions/a/pagination", "invalid_pagination")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nrateLimit: { requests: 5, per: 2d }\nactions: { a: { title: A } }", "/rateLimit/per", "invalid_duration")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nauth: [ { type: bearer, in: header } ]\nactions: { a: { title: A } }", "/auth/0", "invalid_auth")]
    [InlineData("id: shop\ntitle: x\nproviders: [ { id: p, type: mcp } ]", "/providers/0", "invalid_provider")]
    [InlineData("id: shop\ntitle: x\nproviders: [ { id: p, connector: shop } ]\nactions: { a: { title: A } }", "/providers/0/connector", "invalid_provider")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nproviders: [ { id: p }, { id: p } ]\nactions: { a: { title: A } }", "/providers/1/id", "duplicate_id")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nodd: 1\nactions: { a: { title: A } }", "/odd", "unknown_property")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, parameters: { q: { type: strng } } } }", "/actions/a/parameters/q/type", "invalid_schema")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://{h}\nauth: [ { type: apiKey, in: path, name: h } ]\nactions: { a: { title: A } }", "/baseUrl", "invalid_url")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, method: POST, pagination: { type: cursor, next: /n, body: '' } } }", "/actions/a/pagination/body", "invalid_pointer")]
    [InlineData("id: shop\ntitle: x\nbaseUrl: https://a.b\nactions: { a: { title: A, method: POST, idempotency: { header: K }, pagination: { type: cursor, next: /n, body: /c } } }", "/actions/a/idempotency", "invalid_pagination")]
    public void A_mistake_is_told_with_its_place(string yaml, string pointer, string code)
    {
        Assert.Null(ManifestReader.Read(yaml, out var problems));
        Assert.True(problems.Any(p => p.Pointer == pointer && p.Code == code), string.Join('\n', problems));
    }

    [Theory]
    [InlineData("a: [1, 2", "Line")]
    [InlineData("a: &x 1\nb: *x", "anchors")]
    [InlineData("a: !!binary aGk=", "tags")]
    [InlineData("a: 1\na: 2", "twice")]
    [InlineData("a: 1\n---\nb: 2", "more than one")]
    [InlineData("", "empty")]
    public void Yaml_that_is_none_or_hides_something_is_refused(string yaml, string said) =>
        Assert.Contains(said, Assert.Throws<FormatException>(() => YamlText.ToJson(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void Yaml_nested_without_end_is_refused() =>
        Assert.Contains("nest", Assert.Throws<FormatException>(() => YamlText.ToJson(new string('[', 100) + new string(']', 100))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a: 012", """{"a":"012"}""")]
    [InlineData("a: 1.50", """{"a":1.50}""")]
    [InlineData("a: 'yes'", """{"a":"yes"}""")]
    [InlineData("a: yes", """{"a":"yes"}""")]
    [InlineData("a: ~\nb:\nc: true\nd: 0x10\ne: 2022-11-28\nf: 1e3", """{"a":null,"b":null,"c":true,"d":16,"e":"2022-11-28","f":1e3}""")]
    [InlineData("a: |\n  x\n  y\n", """{"a":"x\ny\n"}""")]
    [InlineData("""{"a": [1, {"b": "c"}]}""", """{"a":[1,{"b":"c"}]}""")]
    public void Yaml_is_read_by_its_core_schema(string yaml, string json) => Assert.Equal(json, YamlText.ToJson(yaml).GetRawText());

    private static ConnectorManifest Read(string yaml)
    {
        var manifest = ManifestReader.Read(yaml, out var problems);
        Assert.True(manifest is not null, string.Join('\n', problems));
        return manifest;
    }
}
