using Sos.Api.Executions;
using Sos.Api.Problems;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary>Asks indexes, for the API and for the pages.</summary>
internal sealed class RagQueries(RagIndexChanges indexes, RagWorkflows workflows)
{
    /// <summary>Starts the execution that asks an index, and waits for it as long as is said.</summary>
    /// <exception cref="ProblemException">It can't be asked so, or there is no such index.</exception>
    public async Task<(Execution? Ended, ExecutionReceipt? Receipt)> AskAsync(KeyHolder who, string name, RagQueryRequest request, TimeSpan wait, CancellationToken cancellationToken)
    {
        Require(request.Query.Length is > 0 and <= RagLimits.QueryLength, "/query", $"A question has 1 to {RagLimits.QueryLength:N0} characters.");
        Require(request.Mode is null or "retrieve" or "answer", "/mode", "The mode is retrieve or answer.");
        Require(request.Mode is not "answer" || !string.IsNullOrWhiteSpace(request.Model), "/model", "An answer needs a chat model.");
        Require(request.Search is null or "hybrid" or "vector" or "text", "/search", "The search is hybrid, vector or text.");
        Require(request.TopK is null or (>= 1 and <= RagLimits.TopK), "/topK", $"Up to {RagLimits.TopK} passages can be had.");
        var index = await indexes.FindAsync(who, name, cancellationToken);
        return await workflows.QueryAsync(who, index.Index.Name, request, wait, cancellationToken);

        static void Require(bool isFine, string pointer, string message)
        {
            if (!isFine)
                throw ProblemCatalog.Invalid("invalid_query", message, [new(pointer, "invalid_query", message)]);
        }
    }
}
