using Sos.Api.Hosting;

return await SosApi.RunAsync(args);
