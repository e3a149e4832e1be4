using Microsoft.Extensions.AI;

namespace Sos.Executors.Models.Providers.Demo;

/// <summary>
/// A stand-in for a model that needs no key and no network, so that samples run anywhere. What it answers follows from
/// what it was asked, says that it is the demo model, and costs nothing.
/// </summary>
internal sealed class DemoProvider : ModelProvider
{
    /// <summary>The kind's name, the connection's, and the model's.</summary>
    public const string Name = "demo";

    /// <inheritdoc/>
    public override string Kind => Name;

    /// <inheritdoc/>
    public override bool IsBuiltIn => true;

    /// <inheritdoc/>
    public override bool IsDemo => true;

    /// <inheritdoc/>
    public override StructuredOutput StructuredOutput(ModelConnection connection) => Models.StructuredOutput.AnySchema;

    /// <inheritdoc/>
    public override IChatClient CreateChatClient(ModelConnection connection, HttpClient http, string model) => new DemoChatClient(model);
}
