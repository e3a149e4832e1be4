using System.Text.Json;

namespace Sos.Api.Pages.Json;

/// <summary>
/// A document as rows of which only the unfolded ones exist, a hundred children at a time, so that ten megabytes cost
/// what is looked at.
/// </summary>
internal sealed class JsonTreeModel
{
    /// <summary>How many children come at a time.</summary>
    public const int PageSize = 100;

    /// <summary>How much of a text is shown before it is asked for.</summary>
    public const int ShortText = 300;

    /// <summary>How many places a search finds at most.</summary>
    public const int MaxMatches = 200;

    private readonly Branch root;
    private readonly HashSet<string> whole = new(StringComparer.Ordinal);

    public JsonTreeModel(JsonElement document, string name)
    {
        root = new Branch("", name, document, named: false);
        // What fits on a screen is open at once.
        if (root.Count is > 0 and <= PageSize)
        {
            root.Open();
            if (root.Count <= 8)
            {
                foreach (var child in root.Children.Where(c => c.Count is > 0 and <= 12))
                    child.Open();
            }
        }
    }

    /// <summary>The rows that exist now.</summary>
    public IReadOnlyList<Row> Rows()
    {
        var rows = new List<Row>();
        Add(root, 0, rows);
        return rows;
    }

    /// <summary>Unfolds or folds an object or array.</summary>
    public void Toggle(string path)
    {
        if (Find(path) is { Count: > 0 } branch)
            branch.Toggle();
    }

    /// <summary>Brings the next hundred children of an object or array.</summary>
    public void ShowMore(string path) => Find(path)?.ReadMore();

    /// <summary>Shows all of a text.</summary>
    public void ShowWhole(string path) => whole.Add(path);

    /// <summary>The value at a path that is in sight, as JSON, or a text as it is.</summary>
    public string? ValueText(string path) =>
        Find(path)?.Value is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    /// <summary>Looks for a text in names and values, whatever the case, and unfolds what leads to each place.</summary>
    /// <returns>The paths of the places, <see cref="MaxMatches"/> at most.</returns>
    public IReadOnlyList<string> Search(string text)
    {
        var found = new List<string>();
        if (text.Length > 0)
            Search(root, text, found);
        return found;
    }

    private static bool Search(Branch branch, string text, List<string> found)
    {
        var here = branch.IsNamed && branch.Name.Contains(text, StringComparison.OrdinalIgnoreCase) || branch.Count == 0 && Matches(branch.Value, text);
        if (here)
            found.Add(branch.Path);
        // Folded parts are searched in the document, without making rows of them.
        var unfold = false;
        var index = 0;
        foreach (var (name, value) in branch.Enumerate())
        {
            if (found.Count >= MaxMatches)
                break;
            if (Contains(branch.Value.ValueKind == JsonValueKind.Object ? name : "", value, text))
            {
                unfold = true;
                while (branch.Children.Count <= index)
                    branch.ReadMore();
                Search(branch.Children[index], text, found);
            }
            index++;
        }
        if (unfold)
            branch.Open();
        return here || unfold;
    }

    private static bool Contains(string name, JsonElement value, string text) => name.Contains(text, StringComparison.OrdinalIgnoreCase) || value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(p => Contains(p.Name, p.Value, text)),
        JsonValueKind.Array => value.EnumerateArray().Any(v => Contains("", v, text)),
        _ => Matches(value, text),
    };

    private static bool Matches(JsonElement value, string text) =>
        (value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? "" : value.GetRawText())
        .Contains(text, StringComparison.OrdinalIgnoreCase);

    private void Add(Branch branch, int depth, List<Row> rows)
    {
        rows.Add(new Row(branch.Path, branch.Name, depth, branch.Value.ValueKind, Text(branch, out var cut), cut, branch.Count, branch.IsOpen, IsMore: false));
        if (!branch.IsOpen)
            return;
        foreach (var child in branch.Children)
            Add(child, depth + 1, rows);
        if (branch.Children.Count < branch.Count)
            rows.Add(new Row(branch.Path, "", depth + 1, JsonValueKind.Undefined, "", 0, branch.Count - branch.Children.Count, false, IsMore: true));
    }

    private string Text(Branch branch, out int cut)
    {
        cut = 0;
        if (branch.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            return "";
        var text = branch.Value.ValueKind == JsonValueKind.String ? branch.Value.GetString()! : branch.Value.GetRawText();
        if (text.Length <= ShortText || whole.Contains(branch.Path))
            return text;
        cut = text.Length - ShortText;
        // Half of a pair would be no character.
        return char.IsHighSurrogate(text[ShortText - 1]) ? text[..(ShortText - 1)] : text[..ShortText];
    }

    private Branch? Find(string path) => Find(root, path);

    private static Branch? Find(Branch branch, string path)
    {
        if (branch.Path == path)
            return branch;
        foreach (var child in branch.Children)
        {
            if (path.StartsWith(child.Path, StringComparison.Ordinal) && Find(child, path) is { } found)
                return found;
        }
        return null;
    }

    /// <summary>A row of the tree.</summary>
    /// <param name="Path">Its path from the document's root.</param>
    /// <param name="Name">The property's name, or the item's number.</param>
    /// <param name="Depth">How deep it is indented.</param>
    /// <param name="Kind">What it is.</param>
    /// <param name="Text">A plain value; a text without quotes, perhaps shortened.</param>
    /// <param name="Cut">How many characters of a text are left out.</param>
    /// <param name="Count">How many children it has; for <paramref name="IsMore"/>, how many are still to come.</param>
    /// <param name="IsOpen">Whether its children are rows.</param>
    /// <param name="IsMore">Whether it stands for the children that are not read yet.</param>
    internal sealed record Row(string Path, string Name, int Depth, JsonValueKind Kind, string Text, int Cut, int Count, bool IsOpen, bool IsMore);

    private sealed class Branch(string path, string name, JsonElement value, bool named)
    {
        private IEnumerator<(string Name, JsonElement Value)>? rest;

        public string Path => path;

        public string Name => name;

        public JsonElement Value => value;

        /// <summary>Whether the name is the document's own, and not an item's number.</summary>
        public bool IsNamed => named;

        public int Count { get; } = value.ValueKind switch
        {
            JsonValueKind.Object => value.GetPropertyCount(),
            JsonValueKind.Array => value.GetArrayLength(),
            _ => 0,
        };

        public bool IsOpen { get; private set; }

        public List<Branch> Children { get; } = [];

        public void Toggle()
        {
            if (IsOpen)
                IsOpen = false;
            else
                Open();
        }

        public void Open()
        {
            IsOpen = true;
            if (Children.Count == 0)
                ReadMore();
        }

        public void ReadMore()
        {
            rest ??= Enumerate().GetEnumerator();
            for (var i = 0; i < PageSize && rest.MoveNext(); i++)
            {
                var child = rest.Current;
                Children.Add(new Branch(
                    value.ValueKind == JsonValueKind.Array ? JsonPath.Item(path, Children.Count) : JsonPath.Property(path, child.Name), child.Name, child.Value, value.ValueKind == JsonValueKind.Object));
            }
        }

        public IEnumerable<(string Name, JsonElement Value)> Enumerate()
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in value.EnumerateObject())
                    yield return (property.Name, property.Value);
            }
            else if (value.ValueKind == JsonValueKind.Array)
            {
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    yield return (JsonPath.Item("", index++).Trim('[', ']'), item);
            }
        }
    }
}
