using System.Text;
using Sos.Workflows.Connectors;

namespace Sos.Workflows.Tests.Connectors.OpenApi;

/// <summary>Documents that say much with little, and what reading them may cost.</summary>
public sealed class DocumentBoundsTests
{
    private const long MaxAllocated = 2_000L * 1024 * 1024;

    [Fact]
    public void Parts_that_share_parts_are_read_once()
    {
        // On all ways there are a hundred to the power of four.
        var schemas = string.Join(", ", Enumerable.Range(0, 5).Select(i => $$"""
            "S{{i}}": { "allOf": [ {{string.Join(", ", Enumerable.Repeat($$"""{ "$ref": "#/components/schemas/S{{i + 1}}" }""", 100))}} ] }
            """));
        var reading = Read(Body("""{ "$ref": "#/components/schemas/S0" }"""), $$"""{{schemas}}, "S5": { "type": "object", "properties": { "a": { "type": "string" } } }""");
        Assert.Equal(["a"], reading.Manifest!.Actions["act"].Parameters.Keys);
    }

    [Fact]
    public async Task Reading_gives_up_when_asked()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        Assert.ThrowsAny<OperationCanceledException>(() => ConnectorDocument.Read(Document(Body("{}"), ""), new ConnectorDocumentOptions { Id = "test" }, gone.Token));
    }

    [Theory]
    [InlineData("\"const\": \"LONG\"")]
    [InlineData("\"enum\": [ \"a\", \"LONG\" ]")]
    [InlineData("\"default\": \"LONG\"")]
    public void A_long_value_is_left_out_wherever_it_is_referred_to(string keyword)
    {
        var properties = string.Join(", ", Enumerable.Range(0, 300).Select(i => $$"""
            "p{{i}}": { "$ref": "#/components/schemas/Long" }
            """));
        var (reading, allocated) = Measured(
            Body($$"""{ "type": "object", "properties": { {{properties}} } }"""),
            $$"""
            "Long": { "type": "string", {{keyword.Replace("LONG", new string('x', 5 * 1024 * 1024), StringComparison.Ordinal)}} }
            """);
        Assert.Equal("""{"type":"string"}""", reading.Manifest!.Actions["act"].Parameters["p299"].Schema.GetRawText());
        Assert.InRange(allocated, 0, MaxAllocated);
    }

    [Fact]
    public void An_operation_that_is_wide_and_deep_is_left_out_at_its_bound()
    {
        var name = new string('n', 400);
        var schemas = string.Join(", ", Enumerable.Range(0, 2).Select(s => $$"""
            "W{{s}}": { "type": "object", "properties": { {{string.Join(", ", Enumerable.Range(0, 10_000).Select(i => $$"""
            "{{name}}{{i}}": { "$ref": "#/components/schemas/W{{s + 1}}" }
            """))}} } }
            """));
        var (reading, allocated) = Measured(Body("""{ "$ref": "#/components/schemas/W0" }"""), schemas + """, "W2": { "type": "string" }""");
        Assert.Equal(["fine"], reading.Manifest!.Actions.Keys);
        Assert.Equal(("operation_left_out", "/paths/~1a/post"), reading.Warnings.Where(w => w.Code == "operation_left_out").Select(w => (w.Code, w.Pointer)).Single());
        Assert.InRange(allocated, 0, MaxAllocated);
    }

    [Fact]
    public void Paths_that_lead_to_each_other_cost_no_more_than_themselves()
    {
        var reading = Read("""
            "/x": { "$ref": "#/paths/~1y" }, "/y": { "$ref": "#/paths/~1x" }, "/z": { "$ref": "#/paths/~1z" }
            """, "");
        Assert.Equal(["fine"], reading.Manifest!.Actions.Keys);
    }

    [Theory]
    [InlineData("X Key")]
    [InlineData("Host")]
    public void A_key_in_a_header_that_can_not_be_sent_is_left_out(string header)
    {
        var reading = Read(Body("{}"), "", $$""", "securitySchemes": { "odd": { "type": "apiKey", "in": "header", "name": "{{header}}" }, "good": { "type": "http", "scheme": "bearer" } }""");
        Assert.Equal(["bearer"], reading.Manifest!.Auth.Select(a => a.Type));
        Assert.Equal("security_left_out", Assert.Single(reading.Warnings).Code);
    }

    private static string Body(string schema) => $$"""
        "/a": { "post": { "operationId": "act", "requestBody": { "content": { "application/json": { "schema": {{schema}} } } }, "responses": {} } }
        """;

    private static byte[] Document(string paths, string schemas, string components = "") => Encoding.UTF8.GetBytes($$"""
        { "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://a.test" } ],
          "paths": { "/fine": { "get": { "operationId": "fine", "responses": {} } }, {{paths}} },
          "components": { "schemas": { {{schemas}} }{{components}} } }
        """);

    private static ConnectorReading Read(string paths, string schemas, string components = "") =>
        ConnectorDocument.Read(Document(paths, schemas, components), new ConnectorDocumentOptions { Id = "test" });

    private static (ConnectorReading Reading, long Allocated) Measured(string paths, string schemas)
    {
        var document = Document(paths, schemas);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = ConnectorDocument.Read(document, new ConnectorDocumentOptions { Id = "test" });
        return (reading, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
