using Sos.Workflows.Connectors;

namespace Sos.Api.Connectors;

/// <summary>Reads documents to make connectors of, as the API and the pages get them: one at a time, since a large one takes seconds and hundreds of megabytes.</summary>
internal sealed class ConnectorReader : IDisposable
{
    private const int SmallBytes = 256 * 1024;

    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Reads a document.</summary>
    /// <param name="document">A manifest or an OpenAPI document, as JSON or YAML.</param>
    /// <param name="options">What it does not say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ConnectorReading> ReadAsync(ReadOnlyMemory<byte> document, ConnectorDocumentOptions options, CancellationToken cancellationToken)
    {
        var isLarge = document.Length > SmallBytes;
        if (isLarge)
            await turn.WaitAsync(cancellationToken);
        try
        {
            var reading = ConnectorDocument.Read(document, options, cancellationToken);
            return reading.Manifest is { } manifest && ConnectorIds.Problem(manifest.Id) is { } problem
                ? reading with { Manifest = null, Problems = [new("/id", "invalid_id", problem)] }
                : reading;
        }
        finally
        {
            if (isLarge)
                turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();
}

/// <summary>What connectors may be called.</summary>
internal static class ConnectorIds
{
    /// <summary>What is wrong with an id; null if nothing.</summary>
    public static string? Problem(string id) =>
        id.Length is 0 or > 63 || id[0] == '-' || id[^1] == '-' || !id.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-')
            ? "An id has 1 to 63 small letters, digits and hyphens, with no hyphen at either end."
            : null;
}
