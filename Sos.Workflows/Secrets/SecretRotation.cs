using Npgsql;

namespace Sos.Workflows.Secrets;

/// <summary>
/// Seals stored secrets anew with the key that seals now, so that older keys can be taken away. Safe to interrupt, to
/// repeat, and to run while services work.
/// </summary>
/// <param name="dataSource">A data source of the schema's owner, whom row-level security lets see every workspace.</param>
/// <param name="keys">The keys: the new one first, the old ones after it.</param>
public sealed class SecretRotation(NpgsqlDataSource dataSource, KeyRing keys)
{
    private const int PageSize = 200;

    /// <summary>The columns that hold sealed secrets; each table has an <c>id</c> and a <c>workspace_id</c>.</summary>
    private static readonly SealedColumn[] Sealed =
    [
        new("model_providers", "secret", SecretPlace.ModelProvider),
        new("credentials", "secret", SecretPlace.Credential),
        new("credentials", "token", SecretPlace.CredentialToken),
        new("credential_sign_ins", "verifier", SecretPlace.SignInVerifier),
        new("credential_sign_ins", "code", SecretPlace.SignInCode),
        new("webhooks", "secret", SecretPlace.Webhook),
    ];

    /// <summary>Rewraps what needs it, in every table.</summary>
    /// <exception cref="SecretException">There is no key to seal with.</exception>
    public async Task<IReadOnlyList<RotationReport>> RewrapAsync(CancellationToken cancellationToken)
    {
        if (!keys.CanSeal)
            throw new SecretException(SecretException.NoKey, $"There is no key to rotate to: set {KeyRing.Setting}, the new key first.");
        var reports = new List<RotationReport>();
        foreach (var column in Sealed)
            reports.Add(await RewrapAsync(column, cancellationToken));
        return reports;
    }

    private async Task<RotationReport> RewrapAsync(SealedColumn column, CancellationToken cancellationToken)
    {
        var report = new RotationReport { Table = column.Place(Guid.Empty, Guid.Empty).Table };
        var after = Guid.Empty;
        while (await PageAsync(column, after, cancellationToken) is { Count: > 0 } page)
        {
            after = page[^1].Place.RowId;
            foreach (var (place, secret) in page)
                report = await RewrapAsync(report, column, place, secret, cancellationToken);
        }
        return report;
    }

    private async Task<RotationReport> RewrapAsync(RotationReport report, SealedColumn column, SecretPlace place, byte[] secret, CancellationToken cancellationToken)
    {
        if (!keys.NeedsRewrap(secret))
            return report with { Current = report.Current + 1 };
        byte[] anew;
        try
        {
            anew = keys.Seal(keys.Open(secret, place), place);
        }
        catch (SecretException e)
        {
            return report with { Failures = [.. report.Failures, e.Message] };
        }
        // A secret that was saved or removed meanwhile is left as it is by now.
        await using var update = dataSource.CreateCommand($"update {column.Table} set {column.Name} = $1 where id = $2 and {column.Name} = $3");
        update.Parameters.AddWithValue(anew);
        update.Parameters.AddWithValue(place.RowId);
        update.Parameters.AddWithValue(secret);
        await update.ExecuteNonQueryAsync(cancellationToken);
        return report with { Rewrapped = report.Rewrapped + 1 };
    }

    private async Task<List<(SecretPlace Place, byte[] Secret)>> PageAsync(SealedColumn column, Guid after, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select workspace_id, id, {column.Name} from {column.Table} where {column.Name} is not null and id > $1 order by id limit {PageSize}");
        command.Parameters.AddWithValue(after);
        var page = new List<(SecretPlace, byte[])>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            page.Add((column.Place(reader.GetGuid(0), reader.GetGuid(1)), reader.GetFieldValue<byte[]>(2)));
        return page;
    }

    private sealed record SealedColumn(string Table, string Name, Func<Guid, Guid, SecretPlace> Place);
}

/// <summary>What became of a table's secrets.</summary>
public sealed record RotationReport
{
    /// <summary>The table, with the column where a table has several.</summary>
    public required string Table { get; init; }

    /// <summary>Secrets that were sealed anew.</summary>
    public int Rewrapped { get; init; }

    /// <summary>Secrets that were sealed with the current key already.</summary>
    public int Current { get; init; }

    /// <summary>Why the others could not be opened, one sentence each.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];
}
