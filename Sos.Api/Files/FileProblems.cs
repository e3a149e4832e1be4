using Sos.Api.Problems;
using Sos.Executors.Files;

namespace Sos.Api.Files;

/// <summary>What a file store can't do, as an answer.</summary>
internal static class FileProblems
{
    private const int RetryAfterSeconds = 5;

    /// <summary>Does something with files; failures become problems.</summary>
    /// <exception cref="ProblemException">It can't be done.</exception>
    public static async Task<T> TryAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (FileStoreException e)
        {
            throw new ProblemException(Status(e.Code), e.Code, e.Message) { RetryAfterSeconds = e.Retryable ? RetryAfterSeconds : null };
        }
    }

    private static int Status(string code) => code switch
    {
        FileErrorCodes.NotFound => StatusCodes.Status404NotFound,
        FileErrorCodes.Exists or FileErrorCodes.QuotaExceeded or FileErrorCodes.TooMany => StatusCodes.Status409Conflict,
        FileErrorCodes.Changed => StatusCodes.Status412PreconditionFailed,
        FileErrorCodes.TooLarge => StatusCodes.Status413PayloadTooLarge,
        FileErrorCodes.NotConfigured or FileErrorCodes.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };
}
