using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sos.Api.Tests.Support;

namespace Sos.Api.Tests;

public sealed class RagTests
{
    private const string Leave = "# Leave\n\n## Annual leave\n\nEveryone has 28 days a year.\n\n## Sick leave\n\nTell the team lead before 9:30.\n";

    [Fact]
    public async Task A_document_is_uploaded_ingested_found_and_deleted()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        var index = (await client.PostAsync("/rag-indexes", """{"name": "docs", "vectorStore": "exact"}""")).Expect(HttpStatusCode.Created);
        Assert.Equal(("local-hash-384", 384, "exact"), (index["model"].GetString(), index["dimensions"].GetInt32(), index["vectorStore"].GetString()));
        Assert.True(index["isLocal"].GetBoolean());

        var upload = (await client.PostAsync("/rag-indexes/docs/documents?wait=30s", JsonSerializer.Serialize(new { source = "leave.md", text = Leave, metadata = new { team = "people" } }))).Expect(HttpStatusCode.OK);
        Assert.Equal(("completed", "ready", "Leave"), (upload["status"].GetString(), upload["document"].GetProperty("status").GetString(), upload["document"].GetProperty("title").GetString()));
        var trace = (await client.GetAsync($"/traces/{upload["traceId"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Contains("document_ingested", trace.Text, StringComparison.Ordinal);

        var query = (await client.PostAsync("/rag-indexes/docs/query", """{"query": "days of annual leave", "filter": {"team": "people"}}""")).Expect(HttpStatusCode.OK);
        Assert.Equal("completed", query["status"].GetString());
        Assert.Contains("28 days", query["output"].GetProperty("sources")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        var execution = (await client.GetAsync($"/executions/{query["executionId"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(query["traceId"].GetString(), execution["traceId"].GetString());
        Assert.Empty((await client.PostAsync("/rag-indexes/docs/query", """{"query": "leave", "filter": {"team": "it"}}""")).Expect(HttpStatusCode.OK)["output"].GetProperty("sources").EnumerateArray());

        var sized = (await client.GetAsync("/rag-indexes/docs")).Expect(HttpStatusCode.OK);
        Assert.Equal((1, 2), (sized["documents"].GetInt32(), sized["chunks"].GetInt32()));
        var id = upload["document"].GetProperty("id").GetString();
        (await client.GetAsync($"/rag-indexes/docs/documents/{id}")).Expect(HttpStatusCode.OK);
        (await client.DeleteAsync($"/rag-indexes/docs/documents/{id}")).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync($"/rag-indexes/docs/documents/{id}")).ExpectProblem(404, "not_found");
        (await client.DeleteAsync("/rag-indexes/docs")).Expect(HttpStatusCode.NoContent);
        (await client.GetAsync("/rag-indexes/docs")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task A_document_comes_as_the_body_itself_or_in_a_form()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/rag-indexes", """{"name": "docs"}""")).Expect(HttpStatusCode.Created);
        using var raw = new HttpRequestMessage(HttpMethod.Post, "/api/v1/rag-indexes/docs/documents?source=a&title=A&wait=30s&metadata=%7B%22x%22%3A1%7D") { Content = new StringContent("<h1>T</h1><p>pump", Encoding.UTF8, "text/html") };
        var answer = (await Answer.OfAsync(client.Http, raw)).Expect(HttpStatusCode.OK);
        Assert.Equal(("ready", "A"), (answer["document"].GetProperty("status").GetString(), answer["document"].GetProperty("title").GetString()));
        using var form = new HttpRequestMessage(HttpMethod.Post, "/api/v1/rag-indexes/docs/documents?wait=30s")
        {
            Content = new MultipartFormDataContent
            {
                { new ByteArrayContent("name,city\nAda,London\n"u8.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } }, "file", "people.csv" },
                { new StringContent("""{"y": [1, 2]}"""), "metadata" },
            },
        };
        answer = (await Answer.OfAsync(client.Http, form)).Expect(HttpStatusCode.OK);
        Assert.Equal(("people.csv", "text/csv", "ready"), (answer["document"].GetProperty("source").GetString(), answer["document"].GetProperty("contentType").GetString(), answer["document"].GetProperty("status").GetString()));
        var page = (await client.GetAsync("/rag-indexes/docs/documents?limit=1&status=ready")).Expect(HttpStatusCode.OK);
        Assert.Equal("people.csv", page["items"][0].GetProperty("source").GetString());
        var next = (await client.GetAsync($"/rag-indexes/docs/documents?limit=1&cursor={page["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal("a", next["items"][0].GetProperty("source").GetString());
    }

    [Fact]
    public async Task A_document_that_cannot_be_read_says_why()
    {
        var client = await (await ApiHost.ExecutingAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/rag-indexes", """{"name": "docs"}""")).Expect(HttpStatusCode.Created);
        var answer = (await client.PostAsync("/rag-indexes/docs/documents?wait=30s", """{"source": "a.md", "text": "   "}""")).Expect(HttpStatusCode.OK);
        Assert.Equal(("failed", "empty_document"), (answer["status"].GetString(), answer["error"].GetProperty("code").GetString()));
        Assert.Equal("empty_document", answer["document"].GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("/rag-indexes", """{"name": "No Name"}""", 400, "invalid_index")]
    [InlineData("/rag-indexes", """{"name": "n", "model": "mystery"}""", 400, "invalid_index")]
    [InlineData("/rag-indexes", """{"name": "n", "language": "klingon"}""", 400, "invalid_index")]
    [InlineData("/rag-indexes", """{"name": "docs"}""", 409, "name_taken")]
    [InlineData("/rag-indexes/nope/documents", """{"source": "s", "text": "t"}""", 404, "not_found")]
    [InlineData("/rag-indexes/docs/documents", """{"source": "", "text": "t"}""", 400, "invalid_document")]
    [InlineData("/rag-indexes/docs/documents", """{"source": "s", "text": ""}""", 400, "invalid_document")]
    [InlineData("/rag-indexes/docs/documents", """{"source": "s\u0000", "text": "t"}""", 400, "invalid_document")]
    [InlineData("/rag-indexes/docs/documents", """{"source": "s", "text": "t", "metadata": [1]}""", 400, "invalid_document")]
    [InlineData("/rag-indexes/docs/query", """{"query": ""}""", 400, "invalid_query")]
    [InlineData("/rag-indexes/docs/query", """{"query": "q", "mode": "answer"}""", 400, "invalid_query")]
    [InlineData("/rag-indexes/nope/query", """{"query": "q"}""", 404, "not_found")]
    public async Task Mistakes_are_refused(string path, string body, int status, string code)
    {
        var client = await (await ApiHost.IdleAsync()).NewWorkspaceAsync();
        (await client.PostAsync("/rag-indexes", """{"name": "docs"}""")).Expect(HttpStatusCode.Created);
        (await client.PostAsync(path, body)).ExpectProblem(status, code);
    }

    [Fact]
    public async Task Another_workspace_sees_nothing_of_an_index()
    {
        var host = await ApiHost.IdleAsync();
        var owner = await host.NewWorkspaceAsync();
        var stranger = await host.NewWorkspaceAsync();
        (await owner.PostAsync("/rag-indexes", """{"name": "docs"}""")).Expect(HttpStatusCode.Created);
        var upload = (await owner.PostAsync("/rag-indexes/docs/documents", """{"source": "s", "text": "t"}""")).Expect(HttpStatusCode.Accepted);
        var id = upload["document"].GetProperty("id").GetString();
        foreach (var path in new[] { "/rag-indexes/docs", "/rag-indexes/docs/documents", $"/rag-indexes/docs/documents/{id}" })
            (await stranger.GetAsync(path)).ExpectProblem(404, "not_found");
        (await stranger.DeleteAsync("/rag-indexes/docs")).ExpectProblem(404, "not_found");
        // Not even through an index of the same name.
        (await stranger.PostAsync("/rag-indexes", """{"name": "docs"}""")).Expect(HttpStatusCode.Created);
        (await stranger.GetAsync($"/rag-indexes/docs/documents/{id}")).ExpectProblem(404, "not_found");
        (await stranger.DeleteAsync($"/rag-indexes/docs/documents/{id}")).ExpectProblem(404, "not_found");
        Assert.Equal(0, (await stranger.GetAsync("/rag-indexes/docs/documents")).Expect(HttpStatusCode.OK)["items"].GetArrayLength());
        (await owner.GetAsync($"/rag-indexes/docs/documents/{id}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Viewers_read_and_developers_write()
    {
        var host = await ApiHost.IdleAsync();
        var admin = await host.NewWorkspaceAsync();
        var viewer = await host.NewKeyAsync(admin.Workspace, "viewer");
        (await viewer.PostAsync("/rag-indexes", """{"name": "docs"}""")).ExpectProblem(403, "role_too_low");
        (await admin.PostAsync("/rag-indexes", """{"name": "docs"}""")).Expect(HttpStatusCode.Created);
        (await viewer.GetAsync("/rag-indexes")).Expect(HttpStatusCode.OK);
        (await viewer.PostAsync("/rag-indexes/docs/query", """{"query": "q"}""")).ExpectProblem(403, "role_too_low");
        Assert.Equal("new", (await admin.PutAsync("/rag-indexes/docs", """{"description": "new"}""")).Expect(HttpStatusCode.OK)["description"].GetString());
    }
}
