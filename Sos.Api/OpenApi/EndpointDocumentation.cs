using Sos.Api.Problems;

namespace Sos.Api.OpenApi;

/// <summary>What endpoints say of themselves.</summary>
internal static class EndpointDocumentation
{
    /// <summary>The endpoint reads a JSON body itself, and refuses other media types.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint, string example, bool optional = false)
        where T : notnull =>
        endpoint.Accepts<T>(optional, "application/json").WithMetadata(new RequestExample(example));

    /// <summary>The statuses with which the endpoint refuses requests, beside 401, 403, 429 and 500, which all have.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Problem), [ProblemWriter.ContentType]));
        return endpoint;
    }
}

/// <summary>A body that the OpenAPI document shows for an endpoint.</summary>
internal sealed record RequestExample(string Json);
