using System.Text.Json;
using Microsoft.OpenApi;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>Tells mistakes of a document from those of the program.</summary>
internal static class OpenApiMistake
{
    /// <summary>Whether it is what Microsoft.OpenApi throws for a document that is not what it should be; it means no null reference where a reference leads nowhere, either.</summary>
    public static bool Is(Exception e) =>
        e is OpenApiException or OpenApiReaderException or JsonException or InvalidOperationException or ArgumentException or FormatException or NotSupportedException
            or KeyNotFoundException or InvalidCastException or NullReferenceException or IndexOutOfRangeException or OverflowException or UriFormatException;
}
