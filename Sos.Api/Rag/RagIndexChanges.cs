using Sos.Api.Problems;
using Sos.Workflows.Rag;
using Sos.Workflows.Store;

namespace Sos.Api.Rag;

/// <summary>Changes of indexes, as the API and the pages make them. What is refused ends with a <see cref="ProblemException"/>.</summary>
internal sealed class RagIndexChanges(RagIndexStore store)
{
    private const int MaxDescription = 2_000;

    public async Task<RagIndex> CreateAsync(KeyHolder who, RagIndexSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Check() is [var first, ..] problems)
            throw ProblemCatalog.Invalid("invalid_index", first.Message, problems);
        return await store.CreateAsync(who.WorkspaceId, settings, cancellationToken) switch
        {
            CreateIndexResult.Created created => created.Index,
            CreateIndexResult.NoPgVector => throw ProblemCatalog.Conflict("pgvector_missing", "The database does not have pgvector 0.8 or newer, or the vectors have more than the 2,000 dimensions that its HNSW index takes. Use 'auto' or 'exact'."),
            _ => throw ProblemCatalog.Conflict("name_taken", $"There is an index '{settings.Name}' in this workspace already."),
        };
    }

    public async Task<RagIndexAndSize> DescribeAsync(KeyHolder who, string name, string? description, CancellationToken cancellationToken)
    {
        if (description is not null && (description.Length > MaxDescription || description.Contains('\0', StringComparison.Ordinal)))
        {
            const string Message = "The description must be at most 2,000 characters, without U+0000.";
            throw ProblemCatalog.Invalid("invalid_index", Message, [new("/description", "invalid_index", Message)]);
        }
        CheckName(name);
        return await store.DescribeAsync(who.WorkspaceId, name, description, cancellationToken) ?? throw ProblemCatalog.NotFound("index", name);
    }

    public async Task DeleteAsync(KeyHolder who, string name, CancellationToken cancellationToken)
    {
        CheckName(name);
        if (!await store.DeleteAsync(who.WorkspaceId, name, cancellationToken))
            throw ProblemCatalog.NotFound("index", name);
    }

    /// <summary>The index of a name.</summary>
    /// <exception cref="ProblemException">There is none.</exception>
    public async Task<RagIndexAndSize> FindAsync(KeyHolder who, string name, CancellationToken cancellationToken)
    {
        CheckName(name);
        return await store.FindAsync(who.WorkspaceId, name, cancellationToken) ?? throw ProblemCatalog.NotFound("index", name);
    }

    // A name that no index can have need not be asked for, nor can all of them be.
    private static void CheckName(string name)
    {
        if (name.Length > 63 || name.Contains('\0', StringComparison.Ordinal))
            throw ProblemCatalog.NotFound("index", name.Length > 63 ? name[..63] + "…" : name.Replace('\0', ' '));
    }
}
