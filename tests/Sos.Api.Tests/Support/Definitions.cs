namespace Sos.Api.Tests.Support;

/// <summary>Definitions that tests share.</summary>
public static class Definitions
{
    public static string Transform(string name = "t", string value = "\"{{ input }}\"") => $$$"""
        {"name": "{{{name}}}", "nodes": [{"id": "a", "type": "transform", "config": {"value": {{{value}}} }}]}
        """;

    /// <summary>Nodes a, b and c one after another, each adding its id to a text.</summary>
    public static string Chain(string name = "chain") => $$$"""
        {"name": "{{{name}}}",
         "nodes": [{"id": "a", "type": "transform", "config": {"value": "a"}},
                   {"id": "b", "type": "transform", "config": {"value": "{{ steps.a }}b"}},
                   {"id": "c", "type": "transform", "config": {"value": "{{ steps.b }}c"}}],
         "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}]}
        """;

    public static string Approval(string approvers = "[]") => $$$"""
        {"name": "ask",
         "nodes": [{"id": "ask", "type": "approval", "config": {"message": "Really?", "approvers": {{{approvers}}} }},
                   {"id": "yes", "type": "transform", "config": {"value": "went ahead"}},
                   {"id": "no", "type": "transform", "config": {"value": "did not"}}],
         "edges": [{"from": "ask", "to": "yes", "when": "approved"}, {"from": "ask", "to": "no", "when": "rejected"}]}
        """;

    public static string Waiting(string duration = "1h") => $$$"""
        {"name": "waiting", "nodes": [{"id": "w", "type": "wait", "config": {"duration": "{{{duration}}}"}}]}
        """;
}
