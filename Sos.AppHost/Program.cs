var builder = DistributedApplication.CreateBuilder(args);

var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("sos");

var migrations = builder.AddProject<Projects.Sos_Migrations>("sos-migrations")
    .WithReference(database)
    .WaitFor(database);

var executors = builder.AddProject<Projects.Sos_Executors>("sos-executors")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReference(database)
    .WaitForCompletion(migrations)
    .WithReplicas(2);

// Generated once and kept with the AppHost's user secrets; the dashboard shows it.
var apiKey = builder.AddParameter("api-key", new GenerateParameterDefault { MinLength = 43, Special = false }, secret: true, persist: true);

builder.AddProject<Projects.Sos_Api>("sos-api")
    .WithHttpEndpoint()
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(database)
    .WithReference(executors)
    .WithEnvironment("SOS_API_KEY", apiKey)
    .WaitForCompletion(migrations);

builder.Build().Run();
