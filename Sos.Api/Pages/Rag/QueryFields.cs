using System.Globalization;
using System.Text.Json;
using Sos.Api.Problems;
using Sos.Api.Rag;
using Sos.Workflows.Json;

namespace Sos.Api.Pages.Rag;

/// <summary>A question as somebody types it into the form.</summary>
public sealed class QueryFields
{
    /// <summary>The question.</summary>
    public string Text { get; set; } = "";

    /// <summary>How many passages at most.</summary>
    public string TopK { get; set; } = "5";

    /// <summary><c>hybrid</c>, <c>text</c> or <c>vector</c>.</summary>
    public string Search { get; set; } = "hybrid";

    /// <summary>Conditions on the documents' metadata, as JSON.</summary>
    public string Filter { get; set; } = "";

    /// <summary>The question that an execution asked.</summary>
    public static QueryFields Of(JsonElement input) => new()
    {
        Text = input.TextMember("query") ?? "",
        TopK = input.Member("topK") is { ValueKind: JsonValueKind.Number } count ? count.GetRawText() : "5",
        Search = input.TextMember("search") ?? "hybrid",
        Filter = input.Member("filter") is { ValueKind: JsonValueKind.Object } filter ? filter.GetRawText() : "",
    };

    /// <summary>What is asked.</summary>
    /// <exception cref="ProblemException">A field can't be read; what else is wrong is found when it is asked.</exception>
    public RagQueryRequest ToRequest()
    {
        var problems = new List<JsonProblem>();
        if (!int.TryParse(TopK, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            problems.Add(new("/topK", "invalid_query", "This is a whole number from 1 to 100."));
        JsonElement? filter = null;
        if (!string.IsNullOrWhiteSpace(Filter))
        {
            try
            {
                filter = JsonElement.Parse(Filter, new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });
            }
            catch (JsonException e)
            {
                problems.Add(new("/filter", "invalid_query", $"The filter is not JSON: {e.Message}"));
            }
            if (filter is { ValueKind: not JsonValueKind.Object })
                problems.Add(new("/filter", "invalid_query", "The filter is an object of conditions by name."));
        }
        return problems.Count == 0
            ? new RagQueryRequest { Query = Text.Trim(), TopK = count, Search = Search, Filter = filter }
            : throw ProblemCatalog.Invalid("invalid_query", problems[0].Message, problems);
    }

    /// <summary>The index that an execution asked; null where it asked none.</summary>
    public static string? IndexOf(JsonElement input) => input.TextMember("index");
}
