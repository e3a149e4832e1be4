using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Connectors;

namespace Sos.Workflows.Tests.Connectors.OpenApi;

/// <summary>Documents in which things are missing, of another type, or lead elsewhere.</summary>
public sealed class DamagedDocumentTests
{
    private const string Whole = """
        { "openapi": "3.0.3", "info": { "title": "T", "version": "1" }, "servers": [ { "url": "https://{a}.test", "variables": { "a": { "default": "b", "enum": ["b"] } } } ],
          "security": [ { "key": [] } ],
          "paths": {
            "/a/{id}": { "parameters": [ { "$ref": "#/components/parameters/Id" } ],
              "get": { "operationId": "one", "tags": ["x"], "parameters": [ { "name": "q", "in": "query", "style": "form", "explode": true, "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } } } ],
                       "responses": { "200": { "description": "d", "headers": { "Link": { "schema": { "type": "string" } } }, "content": { "application/json": { "schema": { "type": "array", "items": {} } } } } } },
              "post": { "requestBody": { "$ref": "#/components/requestBodies/Body" }, "responses": {} } } },
          "components": {
            "parameters": { "Id": { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "pattern": "^[a-z]+$", "enum": ["a", "b"] } } },
            "requestBodies": { "Body": { "required": true, "content": { "application/json": { "schema": { "allOf": [ { "$ref": "#/components/schemas/Node" }, { "type": "object", "properties": { "n": { "type": "integer", "minimum": 1 } } } ] } } } } },
            "schemas": { "Node": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string", "nullable": true }, "next": { "$ref": "#/components/schemas/Node" } } } },
            "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" }, "o": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "https://t.test", "scopes": {} } } } } } }
        """;

    private static readonly string?[] Replacements =
        [null, "null", "1", "\"\"", "[]", "{}", "true", "\"a\\u0000b\"", "{\"$ref\": \"#/components/schemas/Node\"}", "{\"$ref\": \"#/\"}", "{\"$ref\": \"x.json\"}", "[null]", "1e400", "\"HALF\"", "{\"type\": []}"];

    [Property(MaxTest = 1_500)]
    public Property Reading_ends_with_a_connector_or_with_problems() => Prop.ForAll(
        Gen.ArrayOf(Gen.Zip(Gen.Choose(0, 10_000), Gen.Elements(Replacements)), 3).ToArbitrary(),
        damages =>
        {
            var document = JsonNode.Parse(Whole)!;
            foreach (var (place, replacement) in damages)
                Damage(document, place, replacement);
            var reading = ConnectorDocument.Read(Encoding.UTF8.GetBytes(document.ToJsonString().Replace("HALF", "\\ud800", StringComparison.Ordinal)), new ConnectorDocumentOptions { Id = "t" });
            Assert.True(reading.Manifest is null == reading.Problems.Count > 0);
            Assert.All(reading.Manifest?.Actions ?? new Dictionary<string, ConnectorAction>(), a => Assert.True(ActionPlan.TryCreate(a.Value, out _, out _)));
        });

    private static void Damage(JsonNode document, int place, string? replacement)
    {
        var places = Places(document).ToList();
        if (places.Count == 0)
            return;
        var (parent, name, index) = places[place % places.Count];
        var value = replacement is null ? null : JsonNode.Parse(replacement);
        if (parent is JsonObject members && replacement is null)
            members.Remove(name!);
        else if (parent is JsonObject owner)
            owner[name!] = value;
        else if (replacement is null)
            ((JsonArray)parent).RemoveAt(index);
        else
            ((JsonArray)parent)[index] = value;
    }

    private static IEnumerable<(JsonNode Parent, string? Name, int Index)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Places(m.Value).Prepend((node, m.Key, 0))),
        JsonArray items => items.SelectMany((item, index) => Places(item).Prepend((node, null, index))),
        _ => [],
    };
}
