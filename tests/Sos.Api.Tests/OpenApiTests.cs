using System.Text.Json;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class OpenApiTests
{
    private static readonly string[] Methods = ["get", "post", "put", "delete", "patch"];

    [Fact]
    public async Task Every_endpoint_says_what_it_does_takes_and_answers()
    {
        var document = await DocumentAsync();
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Where(o => Methods.Contains(o.Name)).Select(o => (Name: $"{o.Name} {p.Name}", Operation: o.Value)))
            .ToList();
        Assert.True(operations.Count >= 28, $"Only {operations.Count} endpoints are described.");
        foreach (var (name, operation) in operations)
        {
            Assert.True(operation.TryGetProperty("summary", out var summary) && summary.GetString() is { Length: > 8 }, $"{name} has no summary.");
            Assert.True(operation.TryGetProperty("tags", out var tags) && tags.GetArrayLength() == 1, $"{name} has no tag.");
            var responses = operation.GetProperty("responses").EnumerateObject().ToList();
            Assert.True(responses.Any(r => r.Name.StartsWith('2')), $"{name} has no answer.");
            foreach (var response in responses)
            {
                if (response.Name == "204")
                    continue;
                Assert.True(response.Value.TryGetProperty("content", out var content), $"{name}: {response.Name} has no content.");
                var media = content.EnumerateObject().Single();
                Assert.True(media.Value.TryGetProperty("schema", out _), $"{name}: {response.Name} has no schema.");
                Assert.Equal(!response.Name.StartsWith('2'), media.Name == "application/problem+json");
            }
            if (operation.TryGetProperty("security", out _))
                Assert.All(["401", "403", "429", "500"], s => Assert.Contains(responses, r => r.Name == s));
            if (operation.TryGetProperty("requestBody", out var body))
                Assert.True(body.GetProperty("content").GetProperty("application/json").TryGetProperty("example", out _), $"{name} has no example.");
        }
        Assert.Equal(["get /api/v1/schema/workflow.json"], operations.Where(o => !o.Operation.TryGetProperty("security", out _)).Select(o => o.Name));
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("apiKey").GetProperty("scheme").GetString());
    }

    [Fact]
    public async Task Examples_are_accepted_by_the_endpoints_they_stand_at()
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        var paths = (await DocumentAsync()).GetProperty("paths");
        foreach (var path in new[] { "/workflows", "/workflows/import", "/workflows/validate", "/api-keys", "/expressions/evaluate", "/model-providers", "/credentials", "/connectors", "/connectors/validate", "/budgets", "/rag-indexes", "/schedules/preview" })
        {
            var example = paths.GetProperty("/api/v1" + path).GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
            var answer = await client.PostAsync(path, example.GetRawText());
            Assert.True(answer.Response.IsSuccessStatusCode, $"{path}: {answer.Text}");
        }
    }

    [Fact]
    public async Task Properties_are_described()
    {
        var schemas = (await DocumentAsync()).GetProperty("components").GetProperty("schemas");
        foreach (var name in new[] { "ExecutionAnswer", "Step", "WorkflowAnswer", "Problem", "StartExecutionRequest", "ModelProvider", "ModelProviderRequest", "StoredCredential", "CredentialSignInState", "CredentialLastTest", "ConnectorSummary", "ConnectorAnswer", "SavedConnectorAnswer", "ConnectorValidationAnswer", "ConnectorActionAnswer", "ConnectorAuthAnswer", "CredentialRequest", "CredentialTestRequest", "CredentialTestAnswer", "AuthorizeAnswer", "ListedPrice", "ModelPriceRequest", "Budget", "CreateBudgetRequest", "Workspace", "Conversation", "RagIndexAnswer", "RagIndexSettings", "RagDocument", "RagUploadRequest", "RagUploadAnswer", "RagQueryRequest", "RagQueryAnswer", "Schedule", "ScheduleRequest", "SchedulePreviewRequest", "SchedulePreview", "Webhook", "NewWebhook", "WebhookRequest", "WebhookVerification" })
        {
            var undescribed = schemas.GetProperty(name).GetProperty("properties").EnumerateObject()
                .Where(p => !p.Value.TryGetProperty("description", out _) && !p.Value.TryGetProperty("$ref", out _) && !p.Value.TryGetProperty("oneOf", out _))
                .Select(p => $"{name}.{p.Name}");
            Assert.Empty(undescribed);
        }
    }

    private static async Task<JsonElement> DocumentAsync()
    {
        using var http = (await ApiHost.IdleAsync()).Anonymous();
        return JsonElement.Parse(await http.GetStringAsync("/openapi/v1.json"));
    }
}
