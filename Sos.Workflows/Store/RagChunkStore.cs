using Npgsql;
using Sos.Workflows.Rag;

namespace Sos.Workflows.Store;

/// <summary>Chunks of documents, as people read them.</summary>
public sealed class RagChunkStore(WorkspaceDatabase database)
{
    private const string Columns = "c.id, c.document_id, c.position, c.tokens, c.start_at, c.end_at";

    // Separates headings; texts that are read from documents have none of it.
    private const char Separator = '\u001F';

    /// <summary>A document's chunks in their order.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="documentId">The document.</param>
    /// <param name="from">The first one's position, from 0.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<RagChunk>> ListAsync(Guid workspaceId, Guid documentId, int from, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add($"""
            select {Columns}, array_to_string(c.headings, chr(31)), c.text from rag_chunks c
            where c.document_id = $1 and c.position >= $2 order by c.position limit $3
            """)
            .With(documentId).With(from).With(limit);
        return batch.AllAsync(Read, cancellationToken);
    }

    /// <summary>Chunks with the words of a question marked, as the index's language finds them: with endings, and without stop words.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="indexId">The index.</param>
    /// <param name="chunkIds">The chunks; those that are gone are left out.</param>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The chunks by id; in their texts and headings, words stand between <see cref="MarkedWords.Start"/> and <see cref="MarkedWords.End"/>.</returns>
    public async Task<IReadOnlyDictionary<Guid, RagChunk>> MarkAsync(Guid workspaceId, Guid indexId, IEnumerable<Guid> chunkIds, string question, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        // Any word of the question counts, as in the search. Marks that a text has of itself are taken out of it.
        batch.Add($"""
            with asked as materialized (
              select i.language::regconfig as language, (
                select string_agg('''' || replace(replace(w.lexeme, '\', '\\'), '''', '''''') || '''', ' | ')
                from unnest(tsvector_to_array(to_tsvector(i.language::regconfig, $3))) as w(lexeme))::tsquery as query
              from rag_indexes i where i.id = $1)
            select {Columns}, {Mark("array_to_string(c.headings, chr(31))")}, {Mark("c.text")}
            from rag_chunks c cross join asked a where c.index_id = $1 and c.id = any ($2)
            """)
            .With(indexId).With([.. chunkIds]).With(question.Replace('\0', ' '));
        var found = await batch.AllAsync(Read, cancellationToken);
        return found.ToDictionary(c => c.Id);

        static string Mark(string text) => $"""
            case when a.query is null then {text} else
              ts_headline(a.language, translate({text}, '{MarkedWords.Start}{MarkedWords.End}', ''), a.query, 'HighlightAll=true, StartSel={MarkedWords.Start}, StopSel={MarkedWords.End}') end
            """;
    }

    private static RagChunk Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        DocumentId = reader.GetGuid(1),
        Position = reader.GetInt32(2),
        Tokens = reader.GetInt32(3),
        Start = reader.GetInt32(4),
        End = reader.GetInt32(5),
        Headings = reader.GetString(6).Split(Separator, StringSplitOptions.RemoveEmptyEntries),
        Text = reader.GetString(7),
    };
}
