using System.Globalization;
using System.Text;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Costs;

/// <summary>The table as comma-separated values (RFC 4180), safe to open in a spreadsheet.</summary>
internal static class CostCsv
{
    public static string Write(IEnumerable<CostLine> lines, CostGrouping by)
    {
        var csv = new StringBuilder();
        csv.Append(by switch
        {
            CostGrouping.Model => "model,provider",
            CostGrouping.Workflow => "workflow,workflow_id",
            CostGrouping.Node => "node,workflow,workflow_id",
            _ => by.ToString().ToLowerInvariant(),
        }).Append(",calls,input_tokens,output_tokens,cost_usd,unpriced_calls\r\n");
        foreach (var line in lines)
        {
            csv.Append(Field(line.Name));
            if (by is CostGrouping.Model or CostGrouping.Node)
                csv.Append(',').Append(Field(line.Detail ?? ""));
            if (by is CostGrouping.Workflow or CostGrouping.Node)
                csv.Append(',').Append(line.WorkflowId);
            var sum = line.Sum;
            // A cost that is unknown is empty: 0 would be a price.
            var cost = sum.Calls > 0 && sum.UnpricedCalls == sum.Calls ? "" : sum.CostUsd.ToString(CultureInfo.InvariantCulture);
            csv.Append(CultureInfo.InvariantCulture, $",{sum.Calls},{sum.InputTokens},{sum.OutputTokens},{cost},{sum.UnpricedCalls}\r\n");
        }
        return csv.ToString();
    }

    /// <summary>
    /// A text as a field. One that a spreadsheet would take for a formula gets an apostrophe, as OWASP has it
    /// (owasp.org/www-community/attacks/CSV_Injection).
    /// </summary>
    internal static string Field(string text)
    {
        if (text.TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..] || text is ['\t' or '\r' or '\n', ..])
            text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") >= 0 || text.StartsWith('\'') ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
