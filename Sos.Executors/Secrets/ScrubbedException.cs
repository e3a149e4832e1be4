namespace Sos.Executors.Secrets;

/// <summary>What logs may say of an exception that a node threw: its type, message and stack without the secrets that the node used.</summary>
/// <remarks>The exception itself is not the inner one, since a log would print that too.</remarks>
internal sealed class ScrubbedException(Exception exception, SecretScrubber secrets) : Exception(secrets.Apply(exception.Message))
{
    private readonly string text = secrets.Apply(exception.ToString());

    /// <summary>The type of what was thrown.</summary>
    public string TypeName { get; } = exception is ScrubbedException scrubbed ? scrubbed.TypeName : exception.GetType().FullName!;

    /// <inheritdoc/>
    public override string? StackTrace { get; } = exception.StackTrace;

    /// <inheritdoc/>
    public override string ToString() => text;
}
