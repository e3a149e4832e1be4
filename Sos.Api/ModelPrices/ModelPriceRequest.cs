using Sos.Api.Problems;
using Sos.Workflows.Json;
using Sos.Workflows.Models;

namespace Sos.Api.ModelPrices;

/// <summary>A price of the workspace, to be saved; amounts are US dollars for a million tokens.</summary>
public sealed record ModelPriceRequest
{
    private const decimal Most = 1_000_000;

    /// <summary>The provider, by OpenTelemetry's name where it has one: <c>openai</c>, <c>anthropic</c>, <c>azure.ai.openai</c>, <c>groq</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The model's name; <c>*</c> stands for any characters.</summary>
    public required string Model { get; init; }

    /// <summary>Input tokens.</summary>
    public required decimal InputPerMillion { get; init; }

    /// <summary>Output tokens.</summary>
    public required decimal OutputPerMillion { get; init; }

    /// <summary>Input tokens read from the provider's cache; as input where left out.</summary>
    public decimal? CachedInputPerMillion { get; init; }

    /// <summary>Input tokens written into the provider's cache; as input where left out.</summary>
    public decimal? CacheWritePerMillion { get; init; }

    /// <summary>Output tokens of reasoning; as output where left out.</summary>
    public decimal? ReasoningPerMillion { get; init; }

    /// <summary>From when on; now where left out.</summary>
    public DateTimeOffset? ValidFrom { get; init; }

    /// <summary>Where the price is from; at most 500 characters.</summary>
    public string? Source { get; init; }

    /// <summary>The price that is asked for.</summary>
    /// <exception cref="ProblemException">400 with everything that is wrong.</exception>
    internal ModelPrice Check(DateTimeOffset now)
    {
        var problems = new List<JsonProblem>();
        if (Provider.Length is 0 or > 64 || !Provider.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            problems.Add(new("/provider", "invalid_provider_name", "A provider's name has 1 to 64 letters, digits, '.', '_' and '-', such as azure.ai.openai."));
        if (Model.Length is 0 or > 200 || !Model.All(c => c is > ' ' and <= '~'))
            problems.Add(new("/model", "invalid_model_name", "A model's name has 1 to 200 visible ASCII characters without spaces."));
        CheckAmount(problems, "/inputPerMillion", InputPerMillion);
        CheckAmount(problems, "/outputPerMillion", OutputPerMillion);
        CheckAmount(problems, "/cachedInputPerMillion", CachedInputPerMillion);
        CheckAmount(problems, "/cacheWritePerMillion", CacheWritePerMillion);
        CheckAmount(problems, "/reasoningPerMillion", ReasoningPerMillion);
        if (ValidFrom is { Year: < 2000 or > 2999 })
            problems.Add(new("/validFrom", "invalid_time", "A price is valid from a time between the years 2000 and 2999."));
        if (Source is not null && (Source.Length > 500 || StorableJson.Clean(Source) != Source))
            problems.Add(new("/source", "invalid_source", "A source has at most 500 characters."));
        if (problems.Count > 0)
            throw ProblemCatalog.Invalid("invalid_price", problems[0].Message, problems);
        return new ModelPrice
        {
            Id = Guid.CreateVersion7(),
            Provider = Provider.ToLowerInvariant(),
            Model = Model,
            InputPerMillion = InputPerMillion,
            OutputPerMillion = OutputPerMillion,
            CachedInputPerMillion = CachedInputPerMillion,
            CacheWritePerMillion = CacheWritePerMillion,
            ReasoningPerMillion = ReasoningPerMillion,
            ValidFrom = ValidFrom ?? now,
        };
    }

    private static void CheckAmount(List<JsonProblem> problems, string pointer, decimal? amount)
    {
        if (amount is { } value && (value is < 0 or > Most || decimal.Round(value, 10) != value))
            problems.Add(new(pointer, "invalid_amount", $"A price is a number from 0 to {Most:N0} with at most 10 digits after the point."));
    }
}
