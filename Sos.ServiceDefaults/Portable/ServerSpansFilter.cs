using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Sos.ServiceDefaults.Portable;

/// <summary>Puts <see cref="ServerSpans"/> in front of every other middleware, wherever the application has one.</summary>
sealed class ServerSpansFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.UseMiddleware<ServerSpans>();
        next(app);
    };
}
