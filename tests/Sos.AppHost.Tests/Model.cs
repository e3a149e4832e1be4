namespace Sos.AppHost.Tests;

/// <summary>The application's model under some settings, without starting anything.</summary>
internal sealed class Model : IAsyncDisposable
{
    public const string Containers = "--Sos:Containers=true";
    public const string NoContainers = "--Sos:Containers=false";

    private readonly IDistributedApplicationTestingBuilder _builder;

    private Model(IDistributedApplicationTestingBuilder builder) => _builder = builder;

    public IEnumerable<IResource> Resources => _builder.Resources;

    public IEnumerable<string> Names => Resources.Select(resource => resource.Name);

    /// <summary>The model as it is before it is built; a built one would start, if only to be stopped.</summary>
    public static async Task<Model> BuildAsync(params string[] arguments) =>
        new(await DistributedApplicationTestingBuilder.CreateAsync<Projects.Sos_AppHost>(arguments));

    /// <summary>An application with nothing in it yet.</summary>
    public static IDistributedApplicationBuilder Empty(params string[] arguments) => DistributedApplication.CreateBuilder(new DistributedApplicationOptions
    {
        Args = arguments,
        AssemblyName = typeof(Situation).Assembly.GetName().Name,
        DisableDashboard = true,
    });

    public IResource this[string name] => Resources.Single(resource => resource.Name == name);

    public T Get<T>(string name) where T : IResource => (T)this[name];

    /// <summary>What a resource is given, as expressions of the model rather than values.</summary>
    public async Task<Dictionary<string, string>> EnvironmentAsync(string name)
    {
        var context = new EnvironmentCallbackContext(_builder.ExecutionContext, Get<IResourceWithEnvironment>(name));
        foreach (var annotation in this[name].Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context);
        return context.EnvironmentVariables.ToDictionary(variable => variable.Key, variable => Expression(variable.Value));
    }

    public async Task<string[]> ArgumentsAsync(string name)
    {
        var arguments = new List<object>();
        foreach (var annotation in this[name].Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await annotation.Callback(new CommandLineArgsCallbackContext(arguments, this[name]));
        return [.. arguments.Select(Expression)];
    }

    public IEnumerable<(string Resource, WaitType Type)> Waits(string name) =>
        this[name].Annotations.OfType<WaitAnnotation>().Select(wait => (wait.Resource.Name, wait.WaitType));

    public IEnumerable<string> Commands(string name) => this[name].Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name);

    public static bool IsPersistent(IResource container) =>
        container.Annotations.OfType<ContainerLifetimeAnnotation>().LastOrDefault()?.Lifetime == ContainerLifetime.Persistent;

    public bool HasHealthCheck(string name) => this[name].Annotations.OfType<HealthCheckAnnotation>().Any();

    public string? Parent(string name) =>
        this[name].Annotations.OfType<ResourceRelationshipAnnotation>().SingleOrDefault(relationship => relationship.Type == "Parent")?.Resource.Name;

    public ValueTask DisposeAsync() => _builder.DisposeAsync();

    private static string Expression(object value) => value switch
    {
        IManifestExpressionProvider provider => provider.ValueExpression,
        _ => value.ToString() ?? "",
    };
}
