using Npgsql;
using NpgsqlTypes;
using Sos.Workflows.Rag;

namespace Sos.Executors.Rag.Search;

/// <summary>
/// Finds chunks by the question's words with PostgreSQL's full-text search: chunks that have any of them, ranked by how
/// rare and how frequent in the chunk they are.
/// </summary>
/// <remarks>
/// PostgreSQL's own rank does not know how rare a word is, and ranking every chunk that has a common word takes long. So
/// words' frequencies are kept in <c>rag_lexemes</c>: rare words choose the candidates, all words rank them, each
/// weighted by its inverse document frequency as BM25 does (Robertson and Zaragoza, 2009), and a word's weight in a
/// chunk is <c>ts_rank</c>'s, which saturates as BM25's does, and falls with the chunk's length.
/// </remarks>
internal sealed class TextSearch(NpgsqlDataSource dataSource)
{
    /// <summary>About how many chunks are ranked at most.</summary>
    private const int Candidates = 2_000;

    private const int MaxLexemes = 48;

    /// <summary>The best chunks.</summary>
    public async Task<List<Ranked>> FindAsync(RagIndex index, RagQuestion question, int count, CancellationToken cancellationToken)
    {
        var (lexemes, total) = await ReadLexemesAsync(index, question.Text, cancellationToken);
        if (lexemes.Count == 0)
            return [];
        var chosen = Candidate.Choose(lexemes, total, Candidates);
        var found = await RankAsync(index, question, lexemes, total, chosen.Query, chosen.IsBounded ? null : Candidates, count, cancellationToken);
        if (found.Count >= question.TopK || chosen.Fallback is null)
            return found;
        // Words that are common one by one, but seldom together: some of the chunks that have the rarest.
        var others = await RankAsync(index, question, lexemes, total, chosen.Fallback, Candidates, count, cancellationToken);
        return [.. found.Concat(others).DistinctBy(r => r.ChunkId).Take(count)];
    }

    private async Task<(List<Lexeme> Lexemes, long Total)> ReadLexemesAsync(RagIndex index, string text, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select l.lexeme, l.chunks
            from rag_lexemes l
            where l.index_id = $1 and l.lexeme = any (tsvector_to_array(to_tsvector($2::text::regconfig, $3)) || ('#' || $1::text))
            order by l.chunks, l.lexeme
            """);
        command.Parameters.AddWithValue(index.Id);
        command.Parameters.AddWithValue(index.Language);
        command.Parameters.AddWithValue(text);
        var lexemes = new List<Lexeme>();
        long total = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            // The lexeme that names the index is in every chunk.
            if (reader.GetString(0) is ['#', .. { Length: 36 }] all && all == $"#{index.Id}")
                total = reader.GetInt32(1);
            else if (lexemes.Count < MaxLexemes)
                lexemes.Add(new Lexeme(reader.GetString(0), reader.GetInt32(1)));
        }
        return (lexemes, total);
    }

    private async Task<List<Ranked>> RankAsync(
        RagIndex index, RagQuestion question, List<Lexeme> lexemes, long total, string candidates, int? atMost, int count, CancellationToken cancellationToken)
    {
        var weights = lexemes.Select(l => l.Weight(total)).ToArray();
        var sum = weights.Sum();
        await using var command = dataSource.CreateCommand();
        command.Parameters.AddWithValue(index.Id);
        command.Parameters.AddWithValue($"'#{index.Id}' & ({candidates})");
        command.Parameters.AddWithValue(lexemes.Select(l => l.Quoted).ToArray());
        command.Parameters.AddWithValue(weights.Select(w => w / sum).ToArray());
        command.Parameters.AddWithValue(count);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)atMost ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        var filter = question.Filter is null ? "" : $"and exists (select from rag_documents d where d.id = c.document_id and {question.Filter.ToSql(command.Parameters)})";
        command.CommandText = $$"""
            with asked as materialized (select a.lexeme::tsquery as query, a.weight from unnest($3::text[], $4::float8[]) as a(lexeme, weight))
            select c.id, r.score
            from (select c.id, c.words from rag_chunks c where c.index_id = $1 and c.words @@ $2::tsquery {{filter}} limit $6) c
            cross join lateral (select sum(a.weight * ts_rank('{0.7, 0.7, 1, 1}', c.words, a.query, 1)) as score from asked a) r
            order by r.score desc, c.id
            limit $5
            """;
        var found = new List<Ranked>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            found.Add(new Ranked(reader.GetGuid(0), reader.GetDouble(1)));
        return found;
    }
}

/// <summary>A word of a question as PostgreSQL's dictionaries give it.</summary>
/// <param name="Text">The lexeme.</param>
/// <param name="Chunks">How many chunks of the index have it.</param>
internal sealed record Lexeme(string Text, int Chunks)
{
    /// <summary>As a tsquery reads it.</summary>
    public string Quoted => $"'{Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>BM25's inverse document frequency.</summary>
    public double Weight(long total) => Math.Log(1 + (Math.Max(total, Chunks) - Chunks + 0.5) / (Chunks + 0.5));
}

/// <summary>Which chunks are ranked.</summary>
/// <param name="Query">As a tsquery.</param>
/// <param name="IsBounded">Whether it is known to fit only so many chunks as are wanted.</param>
/// <param name="Fallback">Another query where this one finds nothing.</param>
internal sealed record Candidate(string Query, bool IsBounded, string? Fallback)
{
    /// <summary>Chooses the words that candidates must have one of; of words that are all common, they must have several.</summary>
    /// <param name="lexemes">The question's words that the index has, rarest first; at least one.</param>
    /// <param name="total">How many chunks the index has.</param>
    /// <param name="wanted">About how many candidates are wanted at most.</param>
    public static Candidate Choose(IReadOnlyList<Lexeme> lexemes, long total, int wanted)
    {
        if (total <= wanted)
            return new Candidate(Any(lexemes), true, null);
        long sum = 0;
        var rare = lexemes.TakeWhile(l => (sum += l.Chunks) <= wanted).ToList();
        if (rare.Count > 0)
            return new Candidate(Any(rare), true, null);
        var together = new List<Lexeme> { lexemes[0] };
        var expected = (double)lexemes[0].Chunks;
        foreach (var next in lexemes.Skip(1))
        {
            if (expected <= wanted)
                break;
            together.Add(next);
            expected *= (double)next.Chunks / total;
        }
        return new Candidate(string.Join(" & ", together.Select(l => l.Quoted)), false, together.Count > 1 ? lexemes[0].Quoted : null);
    }

    private static string Any(IEnumerable<Lexeme> lexemes) => string.Join(" | ", lexemes.Select(l => l.Quoted));
}
