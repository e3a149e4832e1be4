namespace Sos.AppHost.Tests;

/// <summary>What the application consists of and in what order it starts.</summary>
public sealed class ModelTests
{
    private static readonly string[] Services = ["sos-executors", "sos-api"];

    [Fact]
    public async Task The_services_wait_for_the_database_and_its_schema()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        Assert.Contains(("sos", WaitType.WaitUntilHealthy), model.Waits("sos-migrations"));
        foreach (var service in Services)
        {
            Assert.Contains(("sos", WaitType.WaitUntilHealthy), model.Waits(service));
            Assert.Contains(("sos-migrations", WaitType.WaitForCompletion), model.Waits(service));
        }
        Assert.Equal(["migrate"], await model.ArgumentsAsync("sos-migrations"));
    }

    [Fact]
    public async Task Nothing_waits_for_SigNoz_but_what_sets_it_up()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        var waiting = model.Names.Where(name => model.Waits(name).Any(wait => wait.Resource.StartsWith("signoz", StringComparison.Ordinal)));
        Assert.All(waiting, name => Assert.StartsWith("signoz", name, StringComparison.Ordinal));
        Assert.Contains(("signoz", WaitType.WaitUntilHealthy), model.Waits("signoz-dashboards"));
    }

    [Fact]
    public async Task Executors_connect_with_a_login_of_their_own_that_the_migrations_make()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        Assert.Equal(
            "Host={postgres.bindings.tcp.host};Port={postgres.bindings.tcp.port};Username=sos_executors_login;Password={executors-password.value};Database=sos",
            (await model.EnvironmentAsync("sos-executors"))["ConnectionStrings__sos"]);
        var migrations = await model.EnvironmentAsync("sos-migrations");
        Assert.Equal(("{sos.connectionString}", "{executors-password.value}"), (migrations["ConnectionStrings__sos"], migrations["Logins__ExecutorsPassword"]));
        Assert.Equal("{sos.connectionString}", (await model.EnvironmentAsync("sos-api"))["ConnectionStrings__sos"]);
    }

    [Fact]
    public async Task The_services_share_telemetry_the_keys_for_secrets_and_the_files()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        var executors = await model.EnvironmentAsync("sos-executors");
        var api = await model.EnvironmentAsync("sos-api");
        foreach (var shared in (string[])["ConnectionStrings__signoz", "Sos__Secrets__Keys", "Sos__Files__Folder"])
            Assert.Equal(executors[shared], api[shared]);
        Assert.Equal("{signoz.connectionString}", api["ConnectionStrings__signoz"]);
        Assert.Equal("aspire:{secret-key.value}A=", api["Sos__Secrets__Keys"]);
        Assert.True(Path.IsPathFullyQualified(api["Sos__Files__Folder"]));
        Assert.Equal("{api-key.value}", api["SOS_API_KEY"]);
        Assert.DoesNotContain("SOS_API_KEY", executors.Keys);
    }

    [Fact]
    public async Task A_service_gets_a_connection_string_and_no_further_copies_of_its_password()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        var api = await model.EnvironmentAsync("sos-api");
        Assert.DoesNotContain("SOS_PASSWORD", api.Keys);
        Assert.DoesNotContain("SOS_URI", api.Keys);
        Assert.Contains("services__sos-executors__http__0", api.Keys);
    }

    [Fact]
    public async Task The_API_is_reached_from_outside_and_the_executors_are_not()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        Assert.All(model["sos-api"].Annotations.OfType<EndpointAnnotation>(), endpoint => Assert.True(endpoint.IsExternal));
        Assert.All(model["sos-executors"].Annotations.OfType<EndpointAnnotation>(), endpoint => Assert.False(endpoint.IsExternal));
        Assert.All(Services, service => Assert.True(model.HasHealthCheck(service)));
        Assert.Equal("{sos-api.bindings.http.url}", (await model.EnvironmentAsync("sos-api"))["Sos__PublicUrl"]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5, "--Sos:Executors=5")]
    public async Task There_are_as_many_executors_as_configured(int expected, params string[] arguments)
    {
        await using var model = await Model.BuildAsync([Model.Containers, .. arguments]);

        Assert.Equal(expected, model["sos-executors"].GetReplicaCount());
    }

    [Fact]
    public async Task The_dashboard_offers_what_a_developer_would_look_for()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        Assert.Contains("reset-database", model.Commands("sos"));
        Assert.Contains("run-sample", model.Commands("sos-api"));
        Assert.Contains("open-trace", model.Commands("sos-api"));
    }

    [Fact]
    public async Task The_generated_key_for_secrets_is_32_bytes()
    {
        await using var model = await Model.BuildAsync(Model.Containers, "--Parameters:secret-key=" + new string('x', 42));
        var key = await ReferenceExpression.Create($"{model.Get<ParameterResource>("secret-key")}").GetValueAsync(CancellationToken.None);

        Assert.Equal(32, Convert.FromBase64String(key + "A=").Length);
        Assert.Equal(42, Assert.IsType<GenerateParameterDefault>(Unwrap(model.Get<ParameterResource>("secret-key").Default!)).MinLength);
    }

    // In a run, what is generated is kept in the user secrets by a wrapper that is internal to Aspire.
    private static ParameterDefault Unwrap(ParameterDefault value) =>
        value as GenerateParameterDefault
        ?? value.GetType().GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)
            .Select(field => field.GetValue(value)).OfType<ParameterDefault>().First();
}
