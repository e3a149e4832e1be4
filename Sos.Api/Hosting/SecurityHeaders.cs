namespace Sos.Api.Hosting;

/// <summary>Headers that keep browsers from guessing, framing and remembering answers.</summary>
internal static class SecurityHeaders
{
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(static state =>
        {
            var response = (HttpResponse)state;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.XFrameOptions = "DENY";
            response.Headers["Referrer-Policy"] = "no-referrer";
            if (response.HttpContext.Request.Path.StartsWithSegments("/api"))
                response.Headers.CacheControl = "no-store";
            if (response.HttpContext.Request.Path.StartsWithSegments("/hooks"))
            {
                // Workflows write these answers; a page among them must not act as the user interface's origin.
                response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
                if (response.Headers.CacheControl.Count == 0)
                    response.Headers.CacheControl = "no-store";
            }
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    });
}
