using Sos.Executors.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("sos-executors");
builder.AddNpgsqlDataSource("sos");
builder.AddExecutor();

var app = builder.Build();
app.MapDefaultEndpoints();
await app.RunAsync();
