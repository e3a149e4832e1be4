using System.Globalization;
using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Rag;

namespace Sos.Api.Pages.Rag;

/// <summary>A new index as somebody types it into the form; what is left empty has a default.</summary>
public sealed class IndexFields
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it is for.</summary>
    public string Description { get; set; } = "";

    /// <summary>The model that embeds.</summary>
    public string Model { get; set; } = "";

    /// <summary>The connection that embeds.</summary>
    public string Provider { get; set; } = "";

    /// <summary>The length of its vectors.</summary>
    public string Dimensions { get; set; } = "";

    /// <summary>The text search configuration.</summary>
    public string Language { get; set; } = "english";

    /// <summary>The most tokens of a chunk.</summary>
    public string ChunkTokens { get; set; } = "";

    /// <summary>The tokens that a chunk repeats.</summary>
    public string ChunkOverlap { get; set; } = "";

    /// <summary>Where vectors are searched.</summary>
    public string VectorStore { get; set; } = VectorStores.Auto;

    /// <summary>What is asked for.</summary>
    /// <exception cref="ProblemException">A field can't be read; what else is wrong is found when it is made.</exception>
    public RagIndexSettings ToSettings()
    {
        var problems = new List<JsonProblem>();
        var settings = new RagIndexSettings
        {
            Name = Name.Trim(),
            Description = Text(Description),
            Model = Text(Model),
            Provider = Text(Provider),
            Dimensions = Number(Dimensions, "/dimensions", problems),
            Language = Language,
            ChunkTokens = Number(ChunkTokens, "/chunkTokens", problems),
            ChunkOverlap = Number(ChunkOverlap, "/chunkOverlap", problems),
            VectorStore = VectorStore,
        };
        return problems.Count == 0 ? settings : throw ProblemCatalog.Invalid("invalid_index", problems[0].Message, problems);
    }

    private static string? Text(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static int? Number(string text, string pointer, List<JsonProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        problems.Add(new(pointer, "invalid_index", "This is a whole number; leave it empty for the default."));
        return null;
    }
}
