namespace Sos.Api.Pages.Editor;

/// <summary>Which field of the forms shows a part of a definition: the id of its element.</summary>
internal static class FormField
{
    /// <summary>The field of a node's part; the node itself where its form has none.</summary>
    /// <param name="id">The node.</param>
    /// <param name="pointer">The part, from the node on.</param>
    public static string OfNode(string id, string pointer) => pointer switch
    {
        "/id" => "node-id",
        "/name" => "node-name",
        "/timeout" => "node-timeout",
        "/join" => "node-join",
        "/retry/delay" => "node-delay",
        "/retry/maxDelay" => "node-most",
        "/retry/backoff" => "node-backoff",
        _ when IsIn(pointer, "/retry") => "node-attempts",
        _ when IsIn(pointer, "/config") => "field" + pointer["/config".Length..],
        _ => "node:" + id,
    };

    /// <summary>The field of an edge's part.</summary>
    public static string OfEdge(string pointer) => pointer == "/when" ? "edge-when" : "edge-port";

    /// <summary>The field of a part of the workflow itself; null where there is none.</summary>
    public static string? OfWorkflow(string pointer) => pointer switch
    {
        "/name" => "wf-name",
        "/description" => "wf-description",
        "/timeout" => "wf-timeout",
        _ when IsIn(pointer, "/output") => "wf-output",
        _ when IsIn(pointer, "/inputSchema") => "wf-input",
        _ => null,
    };

    private static bool IsIn(string pointer, string part) => pointer == part || pointer.StartsWith(part + "/", StringComparison.Ordinal);
}
