using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Sos.AppHost.Tests;

/// <summary>The model that the AppHost builds, without starting anything.</summary>
public sealed class ModelTests
{
    [Fact]
    public async Task The_services_wait_for_the_migrations_and_know_the_database()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Sos_AppHost>();
        await using var app = await builder.BuildAsync();
        var resources = app.Services.GetRequiredService<DistributedApplicationModel>().Resources;

        var migrations = resources.Single(r => r.Name == "sos-migrations");
        foreach (var name in (string[])["sos-executors", "sos-api"])
        {
            var service = resources.Single(r => r.Name == name);
            Assert.Contains(service.Annotations.OfType<WaitAnnotation>(), w => w.Resource == migrations && w.WaitType == WaitType.WaitForCompletion);
            Assert.Contains(service.Annotations.OfType<ResourceRelationshipAnnotation>(), r => r.Resource.Name == "sos");
        }
    }
}
