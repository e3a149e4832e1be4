namespace Sos.Api.Pages.Traces;

/// <summary>What a person pasted, read as any kind of id.</summary>
/// <param name="Guid">As an execution's or workflow's id.</param>
/// <param name="Trace">As a trace id.</param>
internal sealed record FindId(Guid Guid, string Trace)
{
    /// <summary>Reads an id with or without its dashes; null where it is none.</summary>
    public static FindId? Read(string text) =>
        Guid.TryParse(text, out var id) ? new FindId(id, id.ToString("N")) : null;
}
