namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>Tells what a document is to blame for from what the process is.</summary>
internal static class OpenApiMistake
{
    /// <summary>
    /// Whether it is what Microsoft.OpenApi throws for a document that is not what it should be: exceptions of its own,
    /// and of any other kind where a reference leads nowhere or a value has another type than it expects.
    /// </summary>
    public static bool Is(Exception e) => e is not (OutOfMemoryException or OperationCanceledException);
}
