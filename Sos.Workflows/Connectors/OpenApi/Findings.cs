using Sos.Workflows.Json;

namespace Sos.Workflows.Connectors.OpenApi;

/// <summary>What reading a document comes across.</summary>
internal sealed class Findings
{
    private const int MaxWarnings = 100;
    private const int MaxMessage = 500;

    private readonly List<JsonProblem> problems = [];
    private readonly List<JsonProblem> warnings = [];
    private int dropped;

    public bool IsRefused => problems.Count > 0;

    /// <summary>Notes why the document becomes no connector.</summary>
    public void Refuse(string pointer, string code, string message) => problems.Add(new(pointer, code, Clean(message)));

    /// <summary>Notes what is not as the document says.</summary>
    public void Warn(string pointer, string code, string message)
    {
        if (warnings.Count < MaxWarnings)
            warnings.Add(new(pointer, code, Clean(message)));
        else
            dropped++;
    }

    /// <summary>Notes that an operation becomes no action.</summary>
    public void Skip(string pointer, string why) => Warn(pointer, "operation_left_out", $"The operation is left out: {why.TrimEnd('.')}.");

    public ConnectorReading Refused(string pointer, string code, string message)
    {
        Refuse(pointer, code, message);
        return Refused();
    }

    public ConnectorReading Refused() => new() { Source = ConnectorReading.OpenApi, Problems = [.. problems.Take(MaxWarnings)], Warnings = All() };

    public ConnectorReading Made(ConnectorManifest manifest) => new() { Source = ConnectorReading.OpenApi, Manifest = manifest, Warnings = All() };

    private List<JsonProblem> All() => dropped == 0 ? warnings : [.. warnings, new("", "more_warnings", $"There are {dropped:N0} more.")];

    private static string Clean(string message)
    {
        message = StorableJson.Clean(message.ReplaceLineEndings(" "));
        return message.Length <= MaxMessage ? message : message[..MaxMessage] + "…";
    }
}
