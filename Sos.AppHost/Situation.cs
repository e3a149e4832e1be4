using Microsoft.Extensions.Configuration;

namespace Sos.AppHost;

/// <summary>What the application is modelled for.</summary>
internal enum Target
{
    /// <summary>A run on a developer's machine.</summary>
    Run,

    /// <summary>Docker Compose, which has everything in it.</summary>
    Compose,

    /// <summary>azd's manifest. What it deploys to has a PostgreSQL service, and SigNoz elsewhere.</summary>
    Manifest,
}

/// <summary>Where PostgreSQL comes from.</summary>
internal enum DatabaseSource
{
    /// <summary>A container of this application.</summary>
    Container,

    /// <summary>A server that Sos.Migrations starts from binaries on this machine.</summary>
    Local,

    /// <summary>A server that is there, named by <c>ConnectionStrings:sos</c>.</summary>
    External,
}

/// <summary>Where SigNoz comes from.</summary>
internal enum SigNozSource
{
    /// <summary>Containers of this application.</summary>
    Container,

    /// <summary>One that is there, or SigNoz Cloud.</summary>
    External,

    /// <summary>Nowhere: telemetry goes to the Aspire dashboard alone.</summary>
    None,
}

/// <summary>
/// What the application is built on here. Everything follows from what is configured and what the machine has;
/// <c>Sos:Database</c>, <c>Sos:SigNoz</c> and <c>Sos:Containers</c> decide otherwise.
/// </summary>
internal sealed record Situation
{
    /// <summary>The configuration's section for the application's own settings.</summary>
    public const string Section = "Sos";

    public required Target Target { get; init; }

    public required DatabaseSource Database { get; init; }

    public required SigNozSource SigNoz { get; init; }

    /// <summary>What is missing and why, to be said at the start; null where nothing is.</summary>
    public string? Remark { get; init; }

    /// <summary>How many executors. <c>Sos:Executors</c>, 2.</summary>
    public required int Executors { get; init; }

    /// <summary>The API's port on the host, or null for the usual one. <c>Sos:Port</c>, 5080; 0 for any free one.</summary>
    public required int? Port { get; init; }

    /// <summary>The port inside a container, or null where there is none.</summary>
    public int? ContainerPort => Target == Target.Run ? null : 8080;

    /// <summary>Whether containers live on when the application ends, and are found again. <c>Sos:Persistent</c>, false.</summary>
    public required bool Persistent { get; init; }

    /// <summary>The name of the data on this machine, where PostgreSQL is local. <c>Sos:Instance</c>, <c>aspire</c>.</summary>
    public required string Instance { get; init; }

    public static Situation Of(IDistributedApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var target = builder.ExecutionContext.IsRunMode ? Target.Run
            : string.Equals(configuration["Publishing:Publisher"], "manifest", StringComparison.OrdinalIgnoreCase) ? Target.Manifest
            : Target.Compose;
        var containers = new Lazy<bool>(() => Containers(configuration) ?? (target == Target.Compose || ContainerRuntime.Find(configuration["ASPIRE_CONTAINER_RUNTIME"]) is not null));

        var database = Read<DatabaseSource>(configuration, "Database")
            ?? (target == Target.Manifest || configuration.GetConnectionString("sos") is { Length: > 0 } ? DatabaseSource.External
            : containers.Value ? DatabaseSource.Container
            : DatabaseSource.Local);
        var signoz = Read<SigNozSource>(configuration, "SigNoz")
            ?? (target == Target.Manifest || configuration["Parameters:signoz-endpoint"] is { Length: > 0 } ? SigNozSource.External
            : containers.Value ? SigNozSource.Container
            : SigNozSource.None);
        if (target != Target.Run && database == DatabaseSource.Local)
            throw new DistributedApplicationException($"{Section}:Database=Local is for runs on a developer's machine; a deployment needs Container or External.");

        return new Situation
        {
            Target = target,
            Database = database,
            SigNoz = signoz,
            Remark = signoz == SigNozSource.None
                ? "SigNoz is left out: " + (Read<SigNozSource>(configuration, "SigNoz") is not null
                    ? $"{Section}:SigNoz is None."
                    : "no container runtime answers (docker info, podman info). Traces are in the Aspire dashboard; for a SigNoz elsewhere set Parameters:signoz-endpoint.")
                : null,
            Executors = Number(configuration, "Executors", 2, from: 1),
            Port = target != Target.Manifest && Number(configuration, "Port", 5080, from: 0) is > 0 and var port ? port : null,
            Persistent = configuration.GetValue($"{Section}:Persistent", false),
            Instance = configuration[$"{Section}:Instance"] ?? "aspire",
        };
    }

    private static bool? Containers(IConfiguration configuration) => configuration.GetValue<bool?>($"{Section}:Containers");

    private static TSource? Read<TSource>(IConfiguration configuration, string key) where TSource : struct, Enum =>
        configuration[$"{Section}:{key}"] switch
        {
            null or "" => null,
            var text when Enum.TryParse<TSource>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) => value,
            var text => throw new DistributedApplicationException($"{Section}:{key} is '{text}'; it can be {string.Join(", ", Enum.GetNames<TSource>())}."),
        };

    private static int Number(IConfiguration configuration, string key, int otherwise, int from) =>
        configuration[$"{Section}:{key}"] is not { Length: > 0 } text ? otherwise
        : int.TryParse(text, out var number) && number >= from ? number
        : throw new DistributedApplicationException($"{Section}:{key} is '{text}'; it must be a number, {from} or more.");
}
