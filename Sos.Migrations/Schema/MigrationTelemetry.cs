using System.Diagnostics;

namespace Sos.Migrations.Schema;

/// <summary>The spans of a migration: <c>migrations.run</c> with one <c>migrations.apply</c> per script.</summary>
internal static class MigrationTelemetry
{
    /// <summary>SOS's one activity source name; every service listens to it.</summary>
    public const string SourceName = "Sos";

    public static readonly ActivitySource Source = new(SourceName, typeof(MigrationTelemetry).Assembly.GetName().Version?.ToString(3));

    public static void Fail(this Activity? activity, Exception error)
    {
        activity?.SetStatus(ActivityStatusCode.Error, error.Message);
        activity?.SetTag("error.type", error.GetType().FullName);
        activity?.AddException(error);
    }
}
