namespace Sos.Api.Pages.Graph;

/// <summary>Icons of node types: paths of lines in a square of 24.</summary>
internal static class NodeIcons
{
    private const string Unknown = "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M9.8 9.800a2.300 2.300 0 1 1 3.200 2.200c-.7.3-1 .8-1 1.500M12 16.500v.2";

    /// <summary>The icon of a type; a question mark for one that is not known.</summary>
    public static string Of(string type) => type switch
    {
        "http" => "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M3 12h18M12 3c3 2.500 4 5.500 4 9s-1 6.500-4 9c-3-2.500-4-5.500-4-9s1-6.500 4-9",
        "llm" => "M12 3l1.900 5.100L19 10l-5.100 1.900L12 17l-1.900-5.100L5 10l5.100-1.900zM18 15.500l.9 2.100 2.100.9-2.100.9-.9 2.100-.9-2.100-2.100-.9 2.100-.9z",
        "agent" => "M6 9h12v10H6zM12 9V5M12 4.500v.1M9.500 13v1.500M14.500 13v1.500M3.500 13v3M20.500 13v3",
        "rag" => "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13M15.500 15.500L21 21M8 9.500h5M8 12h3",
        "documents" => "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
        "connector" => "M8 3v5M16 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
        "database" => "M5 6c0-1.700 3.100-3 7-3s7 1.300 7 3-3.100 3-7 3-7-1.300-7-3M5 6v12c0 1.700 3.100 3 7 3s7-1.300 7-3V6M5 12c0 1.700 3.100 3 7 3s7-1.300 7-3",
        "file" => "M4 6h6l2 2.500h8V19H4z",
        "credentials" => "M15.500 3.500a5 5 0 1 1-3.700 8.200L6 17.500V20H3.500v-3l6.900-6.900a5 5 0 0 1 5.100-6.600M16.500 8v.1",
        "if" => "M12 3l9 9-9 9-9-9zM12 8.500v4.500M12 15.700v.1",
        "switch" => "M4 12h5M9 12c4 0 3-6 7-6h4M9 12h11M9 12c4 0 3 6 7 6h4",
        "merge" => "M4 6h3c5 0 4 6 8 6h5M4 18h3c5 0 4-6 8-6M17 9l3 3-3 3",
        "fail" => "M8 3h8l5 5v8l-5 5H8l-5-5V8zM9 9l6 6M15 9l-6 6",
        "transform" => "M9 4C6 4 7 11 4 12c3 1 2 8 5 8M15 4c3 0 2 7 5 8-3 1-2 8-5 8",
        "foreach" => "M4 11a7 7 0 0 1 12-4.500L19 9M19 4v5h-5M20 13a7 7 0 0 1-12 4.500L5 15M5 20v-5h5",
        "workflow" => "M4 4h6v6H4zM14 14h6v6h-6zM10 7h7v7",
        "wait" => "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 7.500V12l3 2",
        "approval" => "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2.200 2.200L15.200 10",
        _ => Unknown,
    };
}
