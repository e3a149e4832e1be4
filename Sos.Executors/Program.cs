using Sos.Executors.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("sos-executors");
// Each statement and each request is a span, and probes come all the time; as log lines they would be noise.
builder.Logging.AddFilter("Npgsql", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.AddNpgsqlDataSource("sos");
builder.AddExecutor();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
