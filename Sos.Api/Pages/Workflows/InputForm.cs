using System.Text.Json;
using System.Text.Json.Nodes;
using Sos.Api.Pages.Forms;
using Sos.Api.Pages.Json;
using Sos.Workflows.Json;
using Sos.Workflows.Validation;

namespace Sos.Api.Pages.Workflows;

/// <summary>
/// The input of a run as somebody writes it: as JSON, and in fields where the workflow's schema makes some. Each says
/// what the other says.
/// </summary>
internal sealed class InputForm
{
    /// <summary>Where the API's problems have the input.</summary>
    private const string Place = "/input";

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DefinitionLimits.Nesting, AllowDuplicateProperties = false };

    private readonly JsonSchema? schema;
    private UnreadTexts unread = UnreadTexts.None;
    private JsonNode? value;
    private bool isChecked;

    /// <param name="schema">What the input must satisfy; null for anything.</param>
    /// <param name="changed">Called after a field has changed the input.</param>
    /// <param name="isAsWritten">Whether the schema's properties are in its author's order; else those that must be filled in come first.</param>
    public InputForm(JsonElement? schema, Action changed, bool isAsWritten = true)
    {
        this.schema = schema is { } given && JsonSchema.TryCompile(given, out var compiled, out _) ? compiled : null;
        var fields = schema is { } described ? SchemaField.FieldsOf(described, "") : [];
        Fields = isAsWritten ? fields : [.. fields.OrderByDescending(f => f.IsRequired)];
        Text = InputDraft.Of(schema);
        value = JsonNode.Parse(Text);
        Model = new FormModel
        {
            AllowsExpressions = false,
            Get = pointer => JsonEdit.At(value, pointer),
            Set = (pointer, given) => Change(root => JsonEdit.Set(root, pointer, given), unread.Without("", pointer), changed),
            Unset = pointer => Change(root => JsonEdit.Remove(root, pointer), JsonEdit.At(value, pointer[..pointer.LastIndexOf('/')]) is JsonArray ? unread.WithoutItem("", pointer) : unread.Without("", pointer), changed),
            Problems = Of,
            Unread = pointer => unread.Find("", pointer),
            Keep = (pointer, text, mistake) => unread = unread.With(new UnreadText("", pointer, text, mistake, JsonEdit.At(value, pointer))),
            Forget = pointer => unread = unread.Without("", pointer),
        };
    }

    /// <summary>The fields of the form; empty where the schema describes none.</summary>
    public IReadOnlyList<SchemaField> Fields { get; }

    /// <summary>What the fields share.</summary>
    public FormModel Model { get; }

    /// <summary>The input as JSON, as it was written last.</summary>
    public string Text { get; private set; }

    /// <summary>Why that is no JSON; null where it is. The fields wait until then.</summary>
    public TextMistake? Mistake { get; private set; }

    /// <summary>Whether somebody has typed into a field what is no value of its kind.</summary>
    public bool HasMistakes => unread.All.Count > 0;

    /// <summary>What is wrong with the input, from the first refusal on; pointers as in the API's answers.</summary>
    public IReadOnlyList<JsonProblem> Problems { get; private set; } = [];

    /// <summary>The input.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public JsonElement Read() => JsonElement.Parse(Text, Reading);

    /// <summary>Takes over JSON.</summary>
    public void Write(string text)
    {
        (Text, Mistake) = (text, null);
        try
        {
            value = JsonNode.Parse(text, null, Reading);
            Prune();
            Check();
        }
        catch (JsonException e)
        {
            Mistake = TextMistake.Of(e, text);
        }
    }

    /// <summary>Takes over what the start of a run was refused for. From now on the input is checked while it changes.</summary>
    public void Refuse(IReadOnlyList<JsonProblem> problems) => (Problems, isChecked) = (problems, true);

    private void Change(Action<JsonObject> change, UnreadTexts left, Action changed)
    {
        var root = value is JsonObject now ? (JsonObject)now.DeepClone() : [];
        change(root);
        (value, unread) = (root, left);
        Prune();
        Text = root.ToJsonString(JsonEdit.Indented);
        Check();
        changed();
    }

    private void Prune() => unread = unread.Kept((_, pointer) => (true, JsonEdit.At(value, pointer)));

    private void Check()
    {
        if (isChecked)
            Problems = schema is null ? [] : [.. schema.Evaluate(Read()).Errors.Select(p => p with { Pointer = Place + p.Pointer })];
    }

    /// <summary>What is wrong at a field. That it is missing is said of the object that it is missing in.</summary>
    private IEnumerable<string> Of(string pointer, bool within)
    {
        var (parent, name) = (Place + pointer[..pointer.LastIndexOf('/')], JsonPointer.Segments(pointer)[^1]);
        foreach (var problem in Problems)
        {
            var isMissing = problem.Code == JsonProblemCodes.MissingProperty;
            if (isMissing && problem.Pointer == parent && problem.Message.Contains($"'{name}'", StringComparison.Ordinal))
                yield return "This must be filled in.";
            else if (problem.Pointer == Place + pointer ? within || !isMissing : within && problem.Pointer.StartsWith($"{Place}{pointer}/", StringComparison.Ordinal))
                yield return problem.Message;
        }
    }
}
