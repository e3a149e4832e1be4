namespace Sos.Workflows.Expressions;

/// <summary>An expression could not be parsed or evaluated.</summary>
public sealed class CelException : Exception
{
    /// <summary>Wraps <paramref name="error"/>.</summary>
    public CelException(CelError error) : base(error.Message) => Error = error;

    /// <summary>What is wrong, and where.</summary>
    public CelError Error { get; }
}
