using System.Diagnostics;
using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>Logs who changed what, as part of the statement that changes it.</summary>
internal static class AuditEvent
{
    /// <summary>
    /// A statement for a <c>with</c> clause: a row of <c>event_logs</c> for each row of the clause <c>changed</c>, which
    /// has a <c>workspace_id</c>. Nothing of a caller's text may be in its arguments.
    /// </summary>
    /// <param name="type">The event's type.</param>
    /// <param name="context">SQL of a <c>jsonb</c> object that says what changed, without secrets.</param>
    /// <param name="first">The number of the first of the parameters that <see cref="By"/> adds.</param>
    /// <param name="status">How it went, in one word.</param>
    public static string Of(string type, string context, int first, string status = "completed") => $"""
        insert into event_logs (user_id, organization_id, workspace_id, event_type, context, status, trace_id, span_id)
        select ${first}, ${first + 1}, workspace_id, '{type}', {context} || jsonb_build_object('apiKeyId', ${first + 2}::uuid), '{status}', ${first + 3}, ${first + 4}
        from changed
        """;

    /// <summary>Adds who did it, and in which trace.</summary>
    public static NpgsqlBatchCommand By(this NpgsqlBatchCommand command, KeyHolder who) =>
        command.With(who.UserId).With(who.OrganizationId).With(who.KeyId).WithSpan(Activity.Current);
}
