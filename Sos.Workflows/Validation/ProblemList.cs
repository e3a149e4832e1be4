using System.Text.Json;
using Sos.Workflows.Json;

namespace Sos.Workflows.Validation;

/// <summary>Collects problems from all checks and puts them in the order of the document.</summary>
internal sealed class ProblemList
{
    // Enough that the first hundred in the document's order are among them in any definition made by people.
    private const int MostKept = 1_000;

    // Looking for near names takes longer than any check, and nobody needs more of them at once.
    private const int MostSuggestions = 100;

    private readonly List<DefinitionProblem> problems = [];
    private readonly HashSet<DefinitionProblem> seen = [];
    private int dropped;
    private int suggestions;

    public int Count => problems.Count + dropped;

    /// <summary>Adds a problem, once.</summary>
    public void Add(string pointer, string code, string message)
    {
        var problem = new DefinitionProblem(pointer, code, message);
        if (problems.Count >= MostKept)
            dropped++;
        else if (seen.Add(problem))
            problems.Add(problem);
    }

    /// <summary>Adds a problem whose sentence takes work to make, which is not done for one that is only counted.</summary>
    public void Add(string pointer, string code, Func<string> message) =>
        Add(pointer, code, problems.Count >= MostKept ? "" : message());

    /// <summary>A question to append that names the nearest candidate, for the first problems only.</summary>
    public string DidYouMean(string name, IEnumerable<string> candidates) =>
        suggestions++ < MostSuggestions ? JsonWords.DidYouMean(name, candidates) : "";

    /// <summary>Adds problems of a part of the document that is at <paramref name="pointer"/>.</summary>
    public void AddRange(string pointer, IEnumerable<JsonProblem> found)
    {
        foreach (var problem in found)
            Add(pointer + problem.Pointer, problem.Code, problem.Message);
    }

    /// <summary>The problems in the order of the document, cut to <see cref="DefinitionLimits.Problems"/>.</summary>
    public IReadOnlyList<DefinitionProblem> InOrderOf(JsonElement document)
    {
        var places = new Place();
        foreach (var problem in problems)
        {
            var place = places;
            foreach (var segment in JsonPointer.Segments(problem.Pointer))
                place = place.At(segment);
            place.Problems.Add(problem);
        }
        var ordered = new List<DefinitionProblem>(problems.Count);
        places.CopyTo(ordered, document);
        if (Count <= DefinitionLimits.Problems)
            return ordered;
        ordered.RemoveRange(DefinitionLimits.Problems - 1, ordered.Count - DefinitionLimits.Problems + 1);
        ordered.Add(new DefinitionProblem("", ProblemCodes.MoreProblems, $"There are {Count - ordered.Count} more problems. Mend these first."));
        return ordered;
    }

    /// <summary>A place in the document that has problems, or has places with problems in it.</summary>
    private sealed class Place
    {
        private readonly Dictionary<string, Place> inside = new(StringComparer.Ordinal);

        public List<DefinitionProblem> Problems { get; } = [];

        public Place At(string segment) => inside.TryGetValue(segment, out var place) ? place : inside[segment] = new Place();

        public void CopyTo(List<DefinitionProblem> ordered, JsonElement value)
        {
            ordered.AddRange(Problems);
            if (inside.Count == 0)
                return;
            var index = 0;
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in value.EnumerateObject())
                    CopyOne(property.Name, property.Value);
            }
            else if (value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in value.EnumerateArray())
                    CopyOne(JsonPointer.Append("", index++)[1..], item);
            }
            // What is not in the document, such as the config that a node lacks.
            foreach (var place in inside.Values)
                place.CopyTo(ordered, default);

            void CopyOne(string segment, JsonElement part)
            {
                if (inside.Remove(segment, out var place))
                    place.CopyTo(ordered, part);
            }
        }
    }
}
