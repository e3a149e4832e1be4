using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Sos.Api.Idempotency;
using Sos.Api.Problems;

namespace Sos.Api.OpenApi;

/// <summary>The document at <c>/openapi/v1.json</c>.</summary>
internal static class OpenApiDocumentSetup
{
    private const string SecurityScheme = "apiKey";

    private static readonly (int Status, string Description)[] RefusalsOfAll =
    [
        (401, "No key, or one that is unknown, expired or revoked."),
        (403, "The key's role does not allow this."),
        (429, "Too many requests; 'Retry-After' says when to come back."),
        (500, "A mistake of ours; the trace id leads to it."),
    ];

    public static void AddSosOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "SOS";
            document.Info.Version = "v1";
            document.Info.Description = "Runs AI workflows durably and shows exactly what they did. Errors are problem details (RFC 9457) with a stable 'code' and the request's 'traceId'.";
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[SecurityScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "sos_…",
                Description = "An API key. 'X-API-Key' takes it, too.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) => DescribeAsync(operation, context));
    });

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var example = metadata.OfType<RequestExample>().FirstOrDefault();
        if (example is not null && operation.RequestBody?.Content is { } content && content.TryGetValue("application/json", out var body))
            body.Example = Examples.Parse(example.Json);
        if (metadata.OfType<TakesIdempotencyKey>().Any())
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = IdempotencyKeys.Header,
                In = ParameterLocation.Header,
                Description = "1 to 255 visible ASCII characters. The same request with the same key is done once and answered alike; another request with the same key is refused with 422.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 255 },
            });
        }
        if (metadata.OfType<IAllowAnonymous>().Any())
            return;

        (operation.Security ??= []).Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(SecurityScheme, context.Document)] = [] });
        if (metadata.OfType<IAuthorizeData>().LastOrDefault()?.Policy is { } role)
            operation.Description = $"{operation.Description} Needs the role {role}.".TrimStart();
        var problem = await context.GetOrCreateSchemaAsync(typeof(Problem));
        foreach (var (status, description) in RefusalsOfAll)
        {
            (operation.Responses ??= []).TryAdd(status.ToString(System.Globalization.CultureInfo.InvariantCulture), new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { [ProblemWriter.ContentType] = new() { Schema = problem } },
            });
        }
    }
}
