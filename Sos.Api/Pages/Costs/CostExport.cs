using System.Text;
using Sos.Api.Auth;
using Sos.Workflows.Store;

namespace Sos.Api.Pages.Costs;

/// <summary><c>/costs.csv</c>: the table of the costs page as a file, for who is signed in.</summary>
internal static class CostExport
{
    public const string Path = "/costs.csv";

    public static void MapCostExport(this WebApplication app) =>
        app.MapGet(Path, WriteAsync).RequireAuthorization().ExcludeFromDescription();

    private static async Task<IResult> WriteAsync(
        HttpContext context, CostReader costs, TimeProvider time, CancellationToken cancellationToken,
        string? period = null, string? from = null, string? to = null, string? by = null, string? show = null, string? sort = null, string? dir = null)
    {
        var query = CostQuery.Read(period, from, to, by, show, sort, dir, time.GetUtcNow());
        var view = new CostView(await costs.ReadAsync(context.Caller().WorkspaceId, query.Start, query.End, query.By, cancellationToken), query);
        var name = $"costs-by-{query.By.ToString().ToLowerInvariant()}-{CostQuery.Text(query.From)}-{CostQuery.Text(query.To)}.csv";
        return TypedResults.File(Encoding.UTF8.GetBytes(CostCsv.Write(view.Lines, query.By)), "text/csv; charset=utf-8", name);
    }
}
