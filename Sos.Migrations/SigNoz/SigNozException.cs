namespace Sos.Migrations.SigNoz;

/// <summary>SigNoz could not be set up. The message is for the person who asked for it, and holds no secret.</summary>
internal sealed class SigNozException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Whether the same request may succeed in a moment.</summary>
    public bool IsTransient { get; init; }

    /// <summary>How long the server asks to wait before that; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the server understood the request and will refuse it again: the others may still pass.</summary>
    public bool IsRefusal { get; init; }
}
