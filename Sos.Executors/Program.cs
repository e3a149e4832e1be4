using Sos.Executors.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("sos-executors");
// Each statement and each request is a span; as a log line it would be noise.
builder.Logging.AddFilter("Npgsql", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);
builder.AddNpgsqlDataSource("sos");
builder.AddExecutor();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
