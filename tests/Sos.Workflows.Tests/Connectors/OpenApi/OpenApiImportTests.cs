using System.Text;
using System.Text.Json;
using Sos.Workflows.Connectors;

namespace Sos.Workflows.Tests.Connectors.OpenApi;

/// <summary>What becomes of the parts of a document.</summary>
public sealed class OpenApiImportTests
{
    [Fact]
    public void Parameters_go_where_and_how_the_document_says()
    {
        var action = Operation("""
            "parameters": [
              { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
              { "name": "tags", "in": "query", "schema": { "type": "array", "items": { "type": "string" } } },
              { "name": "ids", "in": "query", "explode": false, "schema": { "type": "array", "items": { "type": "integer" } } },
              { "name": "words", "in": "query", "style": "spaceDelimited", "explode": false, "schema": { "type": "array" } },
              { "name": "bars", "in": "query", "style": "pipeDelimited", "explode": false, "schema": { "type": "array" } },
              { "name": "filter", "in": "query", "style": "deepObject", "schema": { "type": "object" } },
              { "name": "where", "in": "query", "content": { "application/json": { "schema": { "type": "object" } } } },
              { "name": "page", "in": "query", "schema": { "type": "object", "properties": { "size": { "type": "integer" }, "after": { "type": "string" } } } },
              { "name": "X-Trace", "in": "header", "schema": { "type": "string" } },
              { "name": "Accept", "in": "header", "schema": { "type": "string" } },
              { "name": "Idempotency-Key", "in": "header", "schema": { "type": "string" } },
              { "name": "session", "in": "cookie", "schema": { "type": "string" } }
            ]
            """, "get", "/things/{id}");
        Assert.Equal(["id", "tags", "ids", "words", "bars", "filter", "where", "size", "after", "X-Trace", "session"], action.Parameters.Keys);
        Assert.Equal([ListStyle.Repeat, ListStyle.Comma, ListStyle.Space, ListStyle.Pipe, ListStyle.Brackets, ListStyle.Json],
            new[] { "tags", "ids", "words", "bars", "filter", "where" }.Select(n => action.Parameters[n].List));
        Assert.Equal((ParameterPlace.Path, true), (action.Parameters["id"].In, action.Parameters["id"].Required));
        Assert.Equal((ParameterPlace.Header, ParameterPlace.Expression), (action.Parameters["X-Trace"].In, action.Parameters["session"].In));
        Assert.Equal("Idempotency-Key", action.Idempotency?.Header);
        Assert.True(ActionPlan.TryCreate(action, out var plan, out _));
        Assert.Equal("Cookie", Assert.Single(plan.Headers).Key);
    }

    [Theory]
    [InlineData("application/json", BodyEncoding.Json, null)]
    [InlineData("application/merge-patch+json", BodyEncoding.Json, "application/merge-patch+json")]
    [InlineData("application/x-www-form-urlencoded", BodyEncoding.Form, null)]
    [InlineData("multipart/form-data", BodyEncoding.Multipart, null)]
    public void Members_of_a_body_are_parameters(string mediaType, BodyEncoding encoding, string? contentType)
    {
        var action = Operation($$"""
            "parameters": [ { "name": "name", "in": "query", "schema": { "type": "string" } } ],
            "requestBody": { "required": true, "content": { "{{mediaType}}": { "schema": {
              "allOf": [ { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" }, "id": { "type": "integer", "readOnly": true } } },
                         { "type": "object", "properties": { "size": { "type": "integer", "default": 5, "description": "How big." } } } ] } } } }
            """);
        Assert.Equal((encoding, contentType), (action.Encoding, action.ContentType));
        Assert.Equal(["name", "body_name", "size"], action.Parameters.Keys);
        Assert.Equal((ParameterPlace.Body, "name", true), (action.Parameters["body_name"].In, action.Parameters["body_name"].As, action.Parameters["body_name"].Required));
        // Nothing is sent by itself, and the reader learns what the service does without it.
        Assert.Equal("""{"description":"How big. Default: 5.","type":"integer"}""", action.Parameters["size"].Schema.GetRawText());
    }

    [Theory]
    [InlineData("application/json", """{ "type": "array", "items": { "type": "string" } }""", BodyEncoding.Json, "array")]
    [InlineData("application/json", """{ "oneOf": [ { "type": "object", "properties": { "a": {} } }, { "type": "string" } ] }""", BodyEncoding.Json, null)]
    [InlineData("application/json", """{ "type": "object", "additionalProperties": { "type": "string" } }""", BodyEncoding.Json, "object")]
    [InlineData("text/plain", """{ "type": "string" }""", BodyEncoding.Text, "string")]
    [InlineData("application/xml", """{ "type": "object", "properties": { "a": {} } }""", BodyEncoding.Text, "string")]
    public void A_body_of_another_shape_is_one_parameter(string mediaType, string schema, BodyEncoding encoding, string? type)
    {
        var action = Operation($$"""
            "requestBody": { "content": { "{{mediaType}}": { "schema": {{schema}} } } }
            """);
        Assert.Equal(encoding, action.Encoding);
        var (name, body) = Assert.Single(action.Parameters);
        Assert.Equal(("body", ParameterPlace.WholeBody, false), (name, body.In, body.Required));
        Assert.Equal(type, body.Schema.TryGetProperty("type", out var found) ? found.GetString() : null);
    }

    [Fact]
    public void References_are_resolved_and_cycles_are_cut()
    {
        var action = Operation("""
            "requestBody": { "$ref": "#/components/requestBodies/Tree" }
            """, more: """
            , "components": {
                "requestBodies": { "Tree": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Node" } } } } },
                "schemas": { "Node": { "type": "object", "properties": { "name": { "type": "string" }, "kids": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } } } } } }
            """);
        Assert.Equal("""{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"kids":{}}}}""",
            action.Parameters["kids"].Schema.GetRawText());
    }

    [Fact]
    public void What_grows_without_end_is_cut_to_what_can_be_stored()
    {
        // Each schema names the next ten times: ten to the power of thirty, written out.
        var schemas = string.Join(", ", Enumerable.Range(0, 30).Select(i =>
            $$"""
            "S{{i}}": { "type": "object", "properties": { {{string.Join(", ", Enumerable.Range(0, 10).Select(p => $$"""
            "p{{p}}": { "$ref": "#/components/schemas/S{{i + 1}}" }
            """))}} } }
            """));
        var action = Operation("""
            "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/S0" } } } }
            """, more: $$""", "components": { "schemas": { {{schemas}}, "S30": { "type": "string" } } }""");
        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(action, ConnectorJson.Default.ConnectorAction).Length, 1_000, 256 * 1024);
    }

    [Theory]
    [InlineData("""{ "$ref": "#/components/schemas/Self" }""")]
    [InlineData("""{ "$ref": "#/components/schemas/Nowhere" }""")]
    [InlineData("""{ "$ref": "https://elsewhere.example.com/schema.json#/A" }""")]
    [InlineData("""{ "$ref": "other.yaml#/components/schemas/A" }""")]
    [InlineData("""{ "$ref": "#/paths/~1a/post/requestBody/content/application~1json/schema" }""")]
    public void References_that_lead_nowhere_or_out_cost_no_more_than_their_operation(string schema)
    {
        var reading = Read($$"""
            { "openapi": "3.0.3", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://a.test" } ],
              "paths": {
                "/a": { "post": { "operationId": "odd", "requestBody": { "content": { "application/json": { "schema": {{schema}} } } }, "responses": {} } },
                "/b": { "get": { "operationId": "fine", "responses": {} } } },
              "components": { "schemas": { "Self": { "$ref": "#/components/schemas/Self" } } } }
            """);
        Assert.Contains("fine", reading.Manifest!.Actions.Keys);
        if (reading.Manifest.Actions.TryGetValue("odd", out var odd))
            Assert.Equal("{}", odd.Parameters["body"].Schema.GetRawText());
        else
            Assert.Contains(reading.Warnings, w => w is { Pointer: "/paths/~1a/post", Code: "operation_left_out" });
    }

    [Fact]
    public void Names_are_made_safe_and_unique()
    {
        var reading = Read("""
            { "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://a.test/" } ],
              "paths": {
                "/a": { "get": { "operationId": "pets/find by-Name", "responses": {} }, "post": { "operationId": "pets/find by Name", "responses": {} }, "trace": { "responses": {} } },
                "/b/{id}/c": { "get": { "parameters": [ { "name": "id", "in": "path", "required": true, "schema": {} } ] , "responses": {} }, "put": { "operationId": "123", "parameters": [ { "name": "id", "in": "path", "required": true, "schema": {} } ], "responses": {} } } } }
            """);
        Assert.Equal(["pets.find-by-Name", "pets.find-by-Name-2", "get.b.id.c", "op-123"], reading.Manifest!.Actions.Keys);
        Assert.Equal("https://a.test", reading.Manifest.BaseUrl);
        Assert.Equal("/paths/~1a/trace", Assert.Single(reading.Warnings).Pointer);
    }

    [Fact]
    public void Servers_have_variables_and_credentials_have_types()
    {
        var reading = Read("""
            { "openapi": "3.0.0", "info": { "title": "T", "version": "1", "description": "What it is." },
              "servers": [ { "url": "http://plain.test" }, { "url": "https://{region}.example.com/{version}/", "variables": { "region": { "default": "eu", "enum": ["eu", "us"] }, "version": { "default": "v2", "description": "The version." } } } ],
              "paths": { "/a": { "get": { "responses": {} } }, "/up": { "servers": [ { "url": "https://uploads.example.com" } ], "post": { "responses": {} } } },
              "components": { "securitySchemes": {
                "a": { "type": "http", "scheme": "Bearer" }, "b": { "type": "http", "scheme": "basic" }, "c": { "type": "apiKey", "in": "query", "name": "key" }, "d": { "type": "apiKey", "in": "cookie", "name": "sid" },
                "e": { "type": "oauth2", "flows": { "authorizationCode": { "authorizationUrl": "https://login.test/auth", "tokenUrl": "https://login.test/token", "scopes": { "read": "Read" } } } },
                "f": { "type": "mutualTLS" }, "g": { "type": "http", "scheme": "digest" } } } }
            """);
        var manifest = reading.Manifest!;
        Assert.Equal("https://{region}.example.com/{version}", manifest.BaseUrl);
        Assert.Equal(("eu", "One of eu, us.", "v2", "The version."), (manifest.Settings["region"].Default, manifest.Settings["region"].Description, manifest.Settings["version"].Default, manifest.Settings["version"].Description));
        Assert.Equal(["bearer", "basic", "apiKey", "custom", "oauth2"], manifest.Auth.Select(a => a.Type));
        Assert.Equal((AuthPlace.Query, "key", "https://login.test/token", "read"), (manifest.Auth[2].In, manifest.Auth[2].Name, manifest.Auth[4].TokenUrl, manifest.Auth[4].Scopes.Single()));
        Assert.Equal("sid={{ secrets.value }}", manifest.Auth[3].Headers["Cookie"].GetString());
        Assert.Equal(ProviderType.OpenApi, Assert.Single(manifest.Providers).Type);
        Assert.Equal(["/paths/~1up/post"], reading.Warnings.Where(w => w.Code == "operation_left_out").Select(w => w.Pointer));
        Assert.Equal(2, reading.Warnings.Count(w => w.Code == "security_left_out"));
    }

    [Theory]
    [InlineData("", "invalid_document")]
    [InlineData("{", "invalid_document")]
    [InlineData("a: [", "invalid_document")]
    [InlineData("""{ "openapi": "3.0.0", "openapi": "3.0.0" }""", "invalid_document")]
    [InlineData("""{ "openapi": "3.0.0" }""", "no_actions")]
    [InlineData("""{ "openapi": "9.9.9", "info": {}, "paths": {} }""", "invalid_openapi")]
    [InlineData("""{ "openapi": 3, "paths": [] }""", "invalid_openapi")]
    [InlineData("""{ "openapi": "3.0.0", "info": { "title": "T", "version": "1" }, "paths": { "/a": { "get": { "responses": {} } } } }""", "no_server")]
    [InlineData("""{ "openapi": "3.0.0", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "/api" } ], "paths": { "/a": { "get": { "responses": {} } } } }""", "no_server")]
    [InlineData("""{ "openapi": "3.0.0", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://ann:pw@a.test" } ], "paths": { "/a": { "get": { "responses": {} } } } }""", "invalid_url")]
    [InlineData("""{ "swagger": "2.0", "info": { "title": "T", "version": "1" }, "host": "a.test", "schemes": ["https"], "paths": {} }""", "no_actions")]
    public void What_is_no_usable_document_is_refused_and_why(string document, string code)
    {
        var reading = Read(document);
        Assert.Null(reading.Manifest);
        Assert.Equal(code, reading.Problems[0].Code);
    }

    [Fact]
    public void A_document_has_bounds()
    {
        var many = string.Join(", ", Enumerable.Range(0, 5_001).Select(i => $$"""
            "/p{{i}}": { "get": { "responses": {} } }
            """));
        Assert.Equal("too_many_actions", Read($$"""{ "openapi": "3.0.0", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://a.test" } ], "paths": { {{many}} } }""").Problems[0].Code);
        Assert.Equal("too_large", ConnectorDocument.Read(new byte[ConnectorDocument.MaxBytes + 1], new ConnectorDocumentOptions { Id = "a" }).Problems[0].Code);
        Assert.Equal("invalid_document", Read(new string('[', 100_000)).Problems[0].Code);
        Assert.Equal("invalid_document", Read($$"""{ "openapi": {{new string('[', 1_000)}}{{new string(']', 1_000)}} }""").Problems[0].Code);
    }

    [Fact]
    public void An_OpenAPI_document_needs_an_id_and_a_manifest_keeps_its_own()
    {
        const string Document = """{ "openapi": "3.0.0", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://a.test" } ], "paths": { "/a": { "get": { "responses": {} } } } }""";
        Assert.Equal("id_missing", ConnectorDocument.Read(Encoding.UTF8.GetBytes(Document), new ConnectorDocumentOptions()).Problems[0].Code);
        var named = ConnectorDocument.Read(Encoding.UTF8.GetBytes(Document), new ConnectorDocumentOptions { Id = "mine", Title = "Mine", BaseUrl = "https://b.test/v1/" }).Manifest!;
        Assert.Equal(("mine", "Mine", "https://b.test/v1"), (named.Id, named.Title, named.BaseUrl));
        const string Manifest = "id: tickets\ntitle: Tickets\nbaseUrl: https://t.test\nactions: { get: { title: Get, path: /t } }";
        Assert.Equal("tickets", ConnectorDocument.Read(Encoding.UTF8.GetBytes(Manifest), new ConnectorDocumentOptions()).Manifest?.Id);
        Assert.Equal("other_id", ConnectorDocument.Read(Encoding.UTF8.GetBytes(Manifest), new ConnectorDocumentOptions { Id = "mine" }).Problems[0].Code);
    }

    private static ConnectorAction Operation(string operation, string method = "post", string path = "/a", string more = "")
    {
        var reading = Read($$"""
            { "openapi": "3.0.3", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://a.test" } ],
              "paths": { "{{path}}": { "{{method}}": { "operationId": "act", {{operation}}, "responses": {} } } }{{more}} }
            """);
        Assert.True(reading.Manifest is not null, string.Join('\n', reading.Problems));
        return reading.Manifest.Actions.TryGetValue("act", out var action) ? action : throw new InvalidOperationException(string.Join('\n', reading.Warnings));
    }

    private static ConnectorReading Read(string document) => ConnectorDocument.Read(Encoding.UTF8.GetBytes(document), new ConnectorDocumentOptions { Id = "test" });
}
