using Sos.Migrations.Commands;

return await MigrationsCommand.RunAsync(args);
