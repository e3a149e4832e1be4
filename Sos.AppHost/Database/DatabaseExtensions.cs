using Microsoft.Extensions.DependencyInjection;

namespace Sos.AppHost.Database;

/// <summary>PostgreSQL for SOS, from wherever it comes.</summary>
internal static class DatabaseExtensions
{
    private const string Server = "postgres";
    private const string Name = "sos";

    /// <summary>Adds the database <c>sos</c>; what refers to it gets <c>ConnectionStrings__sos</c>.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddSosDatabase(this IDistributedApplicationBuilder builder, Situation situation) => situation.Database switch
    {
        DatabaseSource.External => builder.AddConnectionString(Name),
        DatabaseSource.Local => AddLocal(builder, situation.Instance),
        _ => AddContainer(builder, situation),
    };

    /// <summary>
    /// Where SOS keeps the server itself, executors get a login that may do what executors do; the migrations make it. A
    /// database that is given comes with the logins that its owner made.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithExecutorsLogin(
        this IResourceBuilder<ProjectResource> executors, IResourceBuilder<IResourceWithConnectionString> database, IResourceBuilder<ProjectResource> migrations)
    {
        if (database.Resource is not PostgresDatabaseResource { Parent: var server, DatabaseName: var name })
            return executors;
        var password = executors.ApplicationBuilder.AddParameter("executors-password", new GenerateParameterDefault { MinLength = 22, Special = false }, secret: true, persist: true)
            .WithDescription("The password of the executors' login in PostgreSQL: 16 to 200 letters and digits. The migrations set it.");
        migrations.WithEnvironment("Logins__ExecutorsPassword", password);
        return executors.WithEnvironment($"ConnectionStrings__{Name}", ReferenceExpression.Create(
            $"Host={server.Host};Port={server.Port};Username=sos_executors_login;Password={password};Database={name}"));
    }

    private static IResourceBuilder<PostgresDatabaseResource> AddContainer(IDistributedApplicationBuilder builder, Situation situation)
    {
        var server = builder.AddPostgres(Server)
            .WithDataVolume(situation.Target == Target.Run ? null : "sos-postgres")
            // In a run the application makes the database, in a deployment only the image can.
            .WithEnvironment("POSTGRES_DB", Name);
        if (situation.Persistent)
            server.WithLifetime(ContainerLifetime.Persistent);
        return server.AddDatabase(Name);
    }

    private static IResourceBuilder<LocalDatabaseResource> AddLocal(IDistributedApplicationBuilder builder, string instance)
    {
        var file = ConnectionFile.Create(instance);
        var server = builder.AddProject<Projects.Sos_Migrations>(Server)
            .WithArgs("postgres", "--name", instance, "--connection-file", file.Path)
            .WithIconName("DatabaseMultiple");

        var check = $"{Name}_check";
        builder.Services.AddHealthChecks().AddAsyncCheck(check, file.CheckAsync);
        var database = builder.AddResource(new LocalDatabaseResource(Name, server.Resource, file))
            .WithIconName("Database")
            .WithHealthCheck(check);
        // Databases of containers follow their server's state by themselves, those of programs don't.
        server.OnBeforeResourceStarted((_, started, _) => FollowAsync(started.Services, database.Resource, KnownResourceStates.Starting));
        server.OnResourceReady((_, ready, _) => FollowAsync(ready.Services, database.Resource, KnownResourceStates.Running));
        server.OnResourceStopped((_, stopped, _) => FollowAsync(stopped.Services, database.Resource, KnownResourceStates.Exited));
        return database;
    }

    private static Task FollowAsync(IServiceProvider services, LocalDatabaseResource database, string state) =>
        services.GetRequiredService<ResourceNotificationService>().PublishUpdateAsync(database, snapshot => snapshot with { State = state });
}
