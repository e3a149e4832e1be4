var builder = DistributedApplication.CreateBuilder(args);

var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("sos");

var migrations = builder.AddProject<Projects.Sos_Migrations>("sos-migrations")
    .WithReference(database)
    .WaitFor(database);

var executors = builder.AddProject<Projects.Sos_Executors>("sos-executors")
    .WithReference(database)
    .WaitForCompletion(migrations)
    .WithReplicas(2)
    .WithHttpHealthCheck("/health");

var apiKey = builder.AddParameter("api-key", secret: true);

builder.AddProject<Projects.Sos_Api>("sos-api")
    .WithReference(database)
    .WithReference(executors)
    .WithEnvironment("SOS_API_KEY", apiKey)
    .WaitForCompletion(migrations)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health");

builder.Build().Run();
