using System.Text.Json;

namespace Sos.Workflows.Expressions;

/// <summary>The variables that an expression can name.</summary>
public interface ICelVariables
{
    /// <summary>The names that exist, for suggestions in error texts.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Whether any name contains a dot, such as <c>a.b</c>; then the longest matching name wins.</summary>
    bool HasQualifiedNames => false;

    /// <summary>The value of <paramref name="name"/>, if there is one.</summary>
    bool TryGet(string name, out CelValue value);
}

/// <summary>Variables held in a dictionary. Safe to read from many threads once filled.</summary>
public sealed class CelVariables : ICelVariables
{
    private readonly Dictionary<string, CelValue> _values = new(StringComparer.Ordinal);

    /// <summary>No variables at all.</summary>
    public static ICelVariables Empty { get; } = new NoVariables();

    /// <inheritdoc/>
    public IEnumerable<string> Names => _values.Keys;

    /// <inheritdoc/>
    public bool HasQualifiedNames { get; private set; }

    /// <summary>Sets one variable.</summary>
    public CelValue this[string name]
    {
        set
        {
            _values[name] = value;
            HasQualifiedNames |= name.Contains('.');
        }
    }

    /// <inheritdoc/>
    public bool TryGet(string name, out CelValue value) => _values.TryGetValue(name, out value);

    /// <summary>Sets one variable to a JSON value, which is read in place and must stay alive.</summary>
    public CelVariables Add(string name, JsonElement value)
    {
        this[name] = CelValue.FromJson(value);
        return this;
    }

    /// <summary>Sets one variable.</summary>
    public CelVariables Add(string name, CelValue value)
    {
        this[name] = value;
        return this;
    }

    private sealed class NoVariables : ICelVariables
    {
        public IEnumerable<string> Names => [];

        public bool TryGet(string name, out CelValue value)
        {
            value = default;
            return false;
        }
    }
}
