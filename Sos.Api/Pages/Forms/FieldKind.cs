namespace Sos.Api.Pages.Forms;

/// <summary>How a value is entered.</summary>
public enum FieldKind
{
    /// <summary>A text, mostly of one line.</summary>
    Text,

    /// <summary>A text of several lines.</summary>
    Lines,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Switch,

    /// <summary>One of some values.</summary>
    Choice,

    /// <summary>Fields of its own.</summary>
    Object,

    /// <summary>Values by names that are free.</summary>
    Map,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>A graph, which is edited on the canvas.</summary>
    Graph,

    /// <summary>Anything else: JSON.</summary>
    Json,
}
