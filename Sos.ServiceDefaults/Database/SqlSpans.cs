using System.Diagnostics;
using Npgsql;

namespace Sos.ServiceDefaults.Database;

/// <summary>Which SQL becomes a span, and what it is called.</summary>
static class SqlSpans
{
    /// <summary>
    /// SQL is traced only below a recorded span: a poll or a lease renewal would else be a trace of its own, many times
    /// a second. Spans are named by the statement's first word, because Npgsql calls all of them <c>postgresql</c>.
    /// </summary>
    public static void Configure(NpgsqlTracingOptionsBuilder tracing, bool disabled) => tracing
        .ConfigureCommandFilter(_ => !disabled && IsRecorded)
        .ConfigureBatchFilter(_ => !disabled && IsRecorded)
        .ConfigureCopyOperationFilter(_ => !disabled && IsRecorded)
        .ConfigureCommandSpanNameProvider(command => FirstWord(command.CommandText))
        .ConfigureBatchSpanNameProvider(_ => "BATCH")
        .ConfigureCopyOperationSpanNameProvider(_ => "COPY")
        .EnableFirstResponseEvent(false)
        .EnablePhysicalOpenTracing(false);

    static bool IsRecorded => Activity.Current is { Recorded: true };

    internal static string FirstWord(string sql)
    {
        var text = sql.AsSpan().TrimStart();
        var length = 0;
        while (length < text.Length && length < 20 && char.IsAsciiLetter(text[length]))
            length++;
        // The common ones are constants so that a span's name costs no allocation.
        return text[..length] switch
        {
            var word when word.Equals("select", StringComparison.OrdinalIgnoreCase) => "SELECT",
            var word when word.Equals("insert", StringComparison.OrdinalIgnoreCase) => "INSERT",
            var word when word.Equals("update", StringComparison.OrdinalIgnoreCase) => "UPDATE",
            var word when word.Equals("delete", StringComparison.OrdinalIgnoreCase) => "DELETE",
            var word when word.Equals("with", StringComparison.OrdinalIgnoreCase) => "WITH",
            [] => "postgresql",
            var word => word.ToString().ToUpperInvariant(),
        };
    }
}
