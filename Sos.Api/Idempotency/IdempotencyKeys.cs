using System.Security.Cryptography;
using System.Text;
using Sos.Api.Problems;

namespace Sos.Api.Idempotency;

/// <summary>The header <c>Idempotency-Key</c>.</summary>
internal static class IdempotencyKeys
{
    public const string Header = "Idempotency-Key";

    /// <summary>Whether an answer is that of an earlier request.</summary>
    public const string ReplayedHeader = "Idempotency-Replayed";

    private const int MaxLength = 255;

    /// <summary>The request's key; null for none.</summary>
    public static string? Read(HttpRequest request)
    {
        var values = request.Headers[Header];
        if (values.Count == 0)
            return null;
        return values is [{ Length: > 0 and <= MaxLength } key] && key.All(c => c is > ' ' and <= '~')
            ? key
            : throw ProblemCatalog.InvalidParameter(Header, $"one value of 1 to {MaxLength} visible ASCII characters");
    }

    /// <summary>Tells one request from another: its method, address and body, not what else it carries.</summary>
    public static byte[] Hash(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
