namespace Sos.AppHost.Tests;

/// <summary>One application, three situations: containers, none, and everything elsewhere.</summary>
public sealed class SituationTests
{
    [Fact]
    public async Task With_a_container_runtime_everything_is_a_container_with_a_volume()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        Assert.True(model["postgres"].IsContainer());
        Assert.True(model["signoz"].IsContainer());
        foreach (var lasting in (string[])["postgres", "signoz", "signoz-clickhouse", "signoz-keeper"])
            Assert.Contains(model[lasting].Annotations.OfType<ContainerMountAnnotation>(), mount => mount.Type == ContainerMountType.Volume);
        Assert.All(model.Resources.OfType<ContainerResource>(), container => Assert.False(Model.IsPersistent(container)));
    }

    [Fact]
    public async Task Containers_can_outlive_the_application()
    {
        await using var model = await Model.BuildAsync(Model.Containers, "--Sos:Persistent=true");

        Assert.NotEmpty(model.Resources.OfType<ContainerResource>());
        Assert.All(model.Resources.OfType<ContainerResource>(), container => Assert.True(Model.IsPersistent(container)));
    }

    [Fact]
    public async Task Without_a_container_runtime_PostgreSQL_is_a_program_and_SigNoz_is_left_out()
    {
        await using var model = await Model.BuildAsync(Model.NoContainers);

        Assert.Empty(model.Resources.OfType<ContainerResource>());
        Assert.IsType<ProjectResource>(model["postgres"]);
        Assert.Equal(["postgres", "--name", "aspire"], (await model.ArgumentsAsync("postgres"))[..3]);
        Assert.Same(model["postgres"], ((IResourceWithParent)model["sos"]).Parent);
        Assert.True(model.HasHealthCheck("sos"));
        Assert.DoesNotContain("signoz", model.Names);
        Assert.DoesNotContain("ConnectionStrings__signoz", (await model.EnvironmentAsync("sos-api")).Keys);
        Assert.Contains(("sos", WaitType.WaitUntilHealthy), model.Waits("sos-migrations"));
    }

    [Fact]
    public async Task With_everything_elsewhere_nothing_is_started_but_SOS()
    {
        await using var model = await Model.BuildAsync(
            Model.NoContainers,
            "--ConnectionStrings:sos=Host=db;Username=sos",
            "--Parameters:signoz-endpoint=https://ingest.eu.signoz.cloud:443",
            "--Parameters:signoz-ingestion-key=k",
            "--Parameters:signoz-url=https://example.eu.signoz.cloud",
            "--Parameters:signoz-api-key=a");

        Assert.Empty(model.Resources.OfType<ContainerResource>());
        Assert.DoesNotContain("postgres", model.Names);
        Assert.DoesNotContain("reset-database", model.Commands("sos"));
        Assert.Equal(
            "Endpoint={signoz-endpoint.value};IngestionKey={signoz-ingestion-key.value};Web={signoz-url.value}",
            model.Get<IResourceWithConnectionString>("signoz").ConnectionStringExpression.ValueExpression);
        Assert.True(model.Get<ParameterResource>("signoz-ingestion-key").Secret);
        Assert.True(model.Get<ParameterResource>("signoz-api-key").Secret);
        Assert.Equal("{signoz-api-key.value}", (await model.EnvironmentAsync("signoz-dashboards"))["SigNoz__ApiKey"]);
    }

    [Fact]
    public async Task A_SigNoz_of_ones_own_needs_no_keys()
    {
        await using var model = await Model.BuildAsync(Model.NoContainers, "--Parameters:signoz-endpoint=http://signoz.internal:4317");

        Assert.Equal("Endpoint={signoz-endpoint.value}", model.Get<IResourceWithConnectionString>("signoz").ConnectionStringExpression.ValueExpression);
        Assert.DoesNotContain("signoz-dashboards", model.Names);
    }

    [Fact]
    public async Task PostgreSQL_can_be_elsewhere_while_SigNoz_is_a_container()
    {
        await using var model = await Model.BuildAsync(Model.Containers, "--ConnectionStrings:sos=Host=db;Username=sos");

        Assert.DoesNotContain("postgres", model.Names);
        Assert.True(model["signoz"].IsContainer());
    }

    [Fact]
    public async Task SigNoz_can_be_left_out_where_there_are_containers()
    {
        await using var model = await Model.BuildAsync(Model.Containers, "--Sos:SigNoz=none");

        Assert.DoesNotContain("signoz", model.Names);
        Assert.True(model["postgres"].IsContainer());
    }

    [Theory]
    [InlineData("--Sos:Database=sqlite", "Sos:Database is 'sqlite'; it can be Container, Local, External.")]
    [InlineData("--Sos:SigNoz=1x", "Sos:SigNoz is '1x'; it can be Container, External, None.")]
    [InlineData("--Sos:Executors=0", "Sos:Executors is '0'; it must be a number, 1 or more.")]
    [InlineData("--Sos:Port=http", "Sos:Port is 'http'; it must be a number, 0 or more.")]
    public void A_setting_that_makes_no_sense_is_named_with_what_it_can_be(string argument, string message)
    {
        var builder = Model.Empty(argument);

        var error = Assert.Throws<DistributedApplicationException>(() => Situation.Of(builder));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void That_SigNoz_is_left_out_is_said_in_one_line_with_what_to_do()
    {
        var remark = Situation.Of(Model.Empty(Model.NoContainers)).Remark;

        Assert.NotNull(remark);
        Assert.DoesNotContain('\n', remark);
        Assert.Contains("no container runtime", remark, StringComparison.Ordinal);
        Assert.Contains("Parameters:signoz-endpoint", remark, StringComparison.Ordinal);
        Assert.Null(Situation.Of(Model.Empty(Model.Containers)).Remark);
    }
}
