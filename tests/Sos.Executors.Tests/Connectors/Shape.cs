using System.Net;
using System.Text;
using System.Text.Json;
using Sos.Workflows.Credentials;
using Sos.Workflows.Json;

namespace Sos.Executors.Tests.Connectors;

/// <summary>What a service's documentation shows of one action: the requests that should go out and the answers that come.</summary>
/// <param name="Connector">The connector's id, which is the file's name.</param>
/// <param name="Entry">The entry in <c>Shapes/{connector}.yaml</c>.</param>
internal sealed record Shape(string Connector, JsonElement Entry)
{
    public string Action => Entry.GetProperty("action").GetString()!;

    public JsonElement With => Entry.TryGetProperty("with", out var with) ? with : default;

    public int MaxItems => Entry.TryGetProperty("maxItems", out var most) ? most.GetInt32() : 1_000;

    public IReadOnlyList<JsonElement> Exchanges => [.. Entry.GetProperty("exchanges").EnumerateArray()];

    public IReadOnlyDictionary<string, string> Settings => Entry.TryGetProperty("settings", out var settings) ? Texts(settings) : new Dictionary<string, string>();

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Connectors", "Shapes");

    public static IReadOnlyList<Shape> Of(string connector)
    {
        var path = Path.Combine(Folder, connector + ".yaml");
        return File.Exists(path) ? [.. YamlText.ToJson(File.ReadAllText(path)).EnumerateArray().Select(e => new Shape(connector, e))] : [];
    }

    public Credential? Credential()
    {
        if (!Entry.TryGetProperty("credential", out var given))
            return null;
        var type = given.GetProperty("type").GetString()!;
        var fields = given.EnumerateObject().Where(f => f.Name is not ("type" or "secrets")).ToDictionary(f => f.Name, f => f.Value.ToString());
        var secret = type switch { CredentialType.ApiKey => "value", CredentialType.Bearer => "token", CredentialType.Basic => "password", _ => null };
        var settings = fields.Where(f => f.Key != secret && f.Key != "accessToken").ToDictionary();
        if (type == CredentialType.ApiKey)
        {
            settings.TryAdd("in", "header");
            settings.TryAdd("name", "X-API-Key");
        }
        return new Credential
        {
            Id = Guid.NewGuid(),
            WorkspaceId = Guid.NewGuid(),
            Name = "example",
            Type = type,
            Settings = settings,
            Secrets = secret is not null ? new Dictionary<string, string> { [secret] = fields[secret] } : given.TryGetProperty("secrets", out var secrets) ? Texts(secrets) : new Dictionary<string, string>(),
            AllowedHosts = [],
            AccessToken = fields.GetValueOrDefault("accessToken"),
        };
    }

    private static Dictionary<string, string> Texts(JsonElement values) => values.EnumerateObject().ToDictionary(v => v.Name, v => v.Value.ToString());
}

/// <summary>Answers as a shape says, after comparing each request with what should have come.</summary>
internal sealed class ShapeHandler(Shape shape) : HttpMessageHandler
{
    public int Answered { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Assert.True(Answered < shape.Exchanges.Count, $"A request too many: {request.Method} {request.RequestUri!.AbsoluteUri}");
        var exchange = shape.Exchanges[Answered++];
        await CompareAsync(exchange.GetProperty("request"), request, isFailure: shape.Entry.TryGetProperty("error", out _), cancellationToken);
        return Answer(exchange.GetProperty("response"), request);
    }

    private static async Task CompareAsync(JsonElement expected, HttpRequestMessage request, bool isFailure, CancellationToken cancellationToken)
    {
        Assert.Equal(expected.GetProperty("line").GetString(), $"{request.Method} {request.RequestUri!.AbsoluteUri}");
        if (expected.TryGetProperty("headers", out var headers))
        {
            foreach (var header in headers.EnumerateObject())
            {
                var found = request.Headers.NonValidated.TryGetValues(header.Name, out var values) || request.Content?.Headers.NonValidated.TryGetValues(header.Name, out values) == true;
                Assert.True(found, $"The header {header.Name} is missing.");
                Assert.Equal(header.Value.ToString(), values.ToString());
            }
        }
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var type = request.Content?.Headers.ContentType?.MediaType;
        if (expected.TryGetProperty("json", out var json))
        {
            Assert.EndsWith("json", type, StringComparison.Ordinal);
            Assert.True(JsonElement.DeepEquals(json, JsonElement.Parse(body)), $"Expected {json.GetRawText()}, sent {body}");
        }
        else if (expected.TryGetProperty("form", out var form))
        {
            Assert.Equal("application/x-www-form-urlencoded", type);
            string[] pairs = [.. form.EnumerateObject().SelectMany(f => f.Value.ValueKind == JsonValueKind.Array ? f.Value.EnumerateArray().Select(v => $"{f.Name}={v}") : [$"{f.Name}={f.Value}"])];
            Assert.Equal(pairs.Order(StringComparer.Ordinal), body.Split('&').Select(WebUtility.UrlDecode).Order(StringComparer.Ordinal)!);
        }
        else if (expected.TryGetProperty("multipart", out var parts))
        {
            Assert.Equal("multipart/form-data", type);
            Assert.All(parts.EnumerateObject(), p => Assert.Contains($"name=\"{p.Name}\"", body, StringComparison.Ordinal));
            Assert.All(parts.EnumerateObject(), p => Assert.Contains(p.Value.ToString(), body, StringComparison.Ordinal));
        }
        else if (!isFailure || expected.TryGetProperty("text", out _))
        {
            // What fails need not say again what was sent.
            Assert.Equal(expected.TryGetProperty("text", out var text) ? text.GetString() : "", body);
        }
    }

    private static HttpResponseMessage Answer(JsonElement response, HttpRequestMessage request)
    {
        var json = response.TryGetProperty("json", out var value) ? value.GetRawText() : null;
        var answer = new HttpResponseMessage((HttpStatusCode)response.GetProperty("status").GetInt32())
        {
            RequestMessage = request,
            Content = json is not null ? new StringContent(json, Encoding.UTF8, "application/json")
                : response.TryGetProperty("text", out var text) ? new StringContent(text.GetString()!) : new ByteArrayContent([]),
        };
        if (response.TryGetProperty("headers", out var headers))
        {
            foreach (var header in headers.EnumerateObject())
            {
                if (!answer.Headers.TryAddWithoutValidation(header.Name, header.Value.ToString()))
                {
                    answer.Content.Headers.Remove(header.Name);
                    answer.Content.Headers.TryAddWithoutValidation(header.Name, header.Value.ToString());
                }
            }
        }
        return answer;
    }
}
