using System.Diagnostics;
using OpenTelemetry;

namespace Sos.ServiceDefaults.Telemetry.Spans;

/// <summary>
/// Gives HTTP client and database spans the names of older conventions beside the stable ones that .NET and Npgsql
/// set: SigNoz finds a trace's HTTP and database calls by <c>http.method</c> and <c>db.system</c>.
/// </summary>
sealed class ClientSpanAttributes : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (!data.Recorded || data.Kind != ActivityKind.Client)
            return;
        if (data.Source.Name == TelemetrySources.Npgsql)
            Copy(data, "db.system.name", "db.system");
        else if (data.Source.Name == TelemetrySources.HttpClient)
            Copy(data, "http.request.method", "http.method");
    }

    static void Copy(Activity span, string from, string to)
    {
        if (span.GetTagItem(from) is { } value)
            span.SetTag(to, value);
    }
}
