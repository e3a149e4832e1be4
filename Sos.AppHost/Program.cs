using Sos.AppHost;
using Sos.AppHost.Commands;
using Sos.AppHost.Database;
using Sos.AppHost.Observability;
using Sos.AppHost.Publishing;

var builder = DistributedApplication.CreateBuilder(args);
var situation = Situation.Of(builder);

// Generated once and kept with the application's user secrets; the dashboard shows them.
var apiKey = builder.AddParameter("api-key", new GenerateParameterDefault { MinLength = 43, Special = false }, secret: true, persist: true);
var secretKeys = builder.AddSecretKeys();

var database = builder.AddSosDatabase(situation);
var signoz = builder.AddSosSigNoz(situation);

var migrations = builder.AddProject<Projects.Sos_Migrations>("sos-migrations")
    .WithArgs("migrate")
    .WithServiceDefaults()
    .WithReference(database)
    .WaitFor(database)
    .WithTelemetryTo(signoz);

var executors = builder.AddProject<Projects.Sos_Executors>("sos-executors")
    .WithServiceDefaults()
    .WithHttpEndpoint(targetPort: situation.ContainerPort)
    .WithHttpHealthCheck("/ready")
    .WithReference(database)
    .WithExecutorsLogin(database, migrations)
    .WaitFor(database)
    .WaitForCompletion(migrations)
    .WithTelemetryTo(signoz)
    .WithEnvironment(SecretKeys.Variable, secretKeys)
    .WithFiles(situation)
    .WithReplicas(situation.Executors);

var api = builder.AddProject<Projects.Sos_Api>("sos-api")
    .WithServiceDefaults()
    .WithHttpEndpoint(port: situation.Port, targetPort: situation.ContainerPort)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/ready")
    .WithUrlForEndpoint("http", url => url.DisplayText = "SOS")
    .WithReference(database)
    .WaitFor(database)
    .WithReference(executors)
    .WaitForCompletion(migrations)
    .WithTelemetryTo(signoz)
    .WithTraceLinks(situation)
    .WithEnvironment("SOS_API_KEY", apiKey)
    .WithEnvironment(SecretKeys.Variable, secretKeys)
    .WithFiles(situation)
    .WithPublicUrl(situation)
    .WithApiCommands(apiKey, samples: Path.Combine(builder.AppHostDirectory, "..", "samples"));

if (situation.Database != DatabaseSource.External)
    database.WithResetCommand(migrations, executors, api);

if (situation.Target == Target.Compose)
    builder.AddCompose(migrations, executors, api);
if (situation.Target == Target.Manifest)
    migrations.ExcludeFromManifest(); // azd has no jobs that end; azure.yaml migrates before it deploys

await builder.Build().RunAsync();
