namespace Sos.AppHost.Tests;

/// <summary>SigNoz as a resource: what it consists of, how it is referred to, and what it refuses.</summary>
public sealed class SigNozTests
{
    [Fact]
    public async Task It_starts_from_the_bottom()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        Assert.Equal([("signoz-keeper", WaitType.WaitUntilHealthy), ("signoz-functions", WaitType.WaitForCompletion)], model.Waits("signoz-clickhouse"));
        Assert.Equal([("signoz-clickhouse", WaitType.WaitUntilHealthy)], model.Waits("signoz-migrator"));
        Assert.Equal([("signoz-migrator", WaitType.WaitForCompletion)], model.Waits("signoz-collector"));
        Assert.Equal([("signoz-migrator", WaitType.WaitForCompletion)], model.Waits("signoz"));
        foreach (var part in Parts)
            Assert.Equal("signoz", model.Parent(part));
    }

    [Fact]
    public async Task Every_server_has_a_health_check_and_every_image_a_version()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        foreach (var server in (string[])["signoz", "signoz-keeper", "signoz-clickhouse", "signoz-collector"])
            Assert.True(model.HasHealthCheck(server), server);
        foreach (var container in Parts.Append("signoz"))
            Assert.Matches(@"^v?\d+\.\d+\.\d+$", model[container].Annotations.OfType<ContainerImageAnnotation>().Single().Tag);
    }

    [Fact]
    public async Task Its_connection_string_says_where_telemetry_goes_and_where_people_look()
    {
        await using var model = await Model.BuildAsync(Model.Containers);
        var signoz = model.Get<SigNozResource>("signoz");

        Assert.Equal("Endpoint={signoz-collector.bindings.grpc.url};Web={signoz.bindings.http.url}", signoz.ConnectionStringExpression.ValueExpression);
        var properties = ((IResourceWithConnectionString)signoz).GetConnectionProperties().ToDictionary(p => p.Key, p => p.Value.ValueExpression);
        Assert.Equal("{signoz.bindings.http.url}", properties["Uri"]);
        Assert.Equal("{signoz.bindings.http.host}", properties["Host"]);
        Assert.Equal("{signoz.bindings.http.port}", properties["Port"]);
        Assert.Equal("{signoz-collector.bindings.grpc.url}", properties["GrpcUri"]);
        Assert.Equal("{signoz-collector.bindings.http.url}", properties["HttpUri"]);
    }

    [Fact]
    public async Task On_a_developers_machine_nobody_signs_in_and_nothing_is_told_to_its_makers()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        var settings = await model.EnvironmentAsync("signoz");
        Assert.Equal("true", settings["SIGNOZ_IDENTN_IMPERSONATION_ENABLED"]);
        Assert.Equal("false", settings["SIGNOZ_IDENTN_TOKENIZER_ENABLED"]);
        Assert.Equal("false", settings["SIGNOZ_IDENTN_APIKEY_ENABLED"]);
        Assert.Equal("true", settings["SIGNOZ_USER_ROOT_ENABLED"]);
        Assert.Equal("{signoz-password.value}", settings["SIGNOZ_USER_ROOT_PASSWORD"]);
        Assert.Equal("false", settings["SIGNOZ_ANALYTICS_ENABLED"]);
        Assert.Equal("false", settings["SIGNOZ_STATSREPORTER_ENABLED"]);
        Assert.Equal("true", settings["SIGNOZ_FLAGGER_CONFIG_BOOLEAN_ENABLE__AI__OBSERVABILITY"]);
        Assert.DoesNotContain("SigNoz__Password", (await model.EnvironmentAsync("signoz-dashboards")).Keys);
        Assert.True(model.Get<SigNozResource>("signoz").PasswordParameter.Secret);
    }

    [Fact]
    public async Task With_authentication_its_root_user_has_a_password()
    {
        var builder = Model.Empty();
        var signoz = builder.AddSigNoz("signoz").WithRootUser("root@example.com");

        Assert.Equal("root@example.com", signoz.Resource.RootEmail);
        Assert.False(signoz.Resource.IsOpen);
        var generated = signoz.Resource.PasswordParameter;
        Assert.True(generated.Secret);
        var password = await generated.GetValueAsync(CancellationToken.None);
        Assert.NotNull(password);
        Assert.True(password.Length >= 12 && password.Any(char.IsUpper) && password.Any(char.IsLower) && password.Any(char.IsDigit) && !password.All(char.IsLetterOrDigit));
    }

    [Fact]
    public async Task The_collector_is_told_everything_by_its_file_and_can_read_it()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        var command = (await model.ArgumentsAsync("signoz-collector"))[1];
        Assert.DoesNotContain("manager-config", command, StringComparison.Ordinal);
        Assert.EndsWith("--config=/etc/otel/collector.yaml", command, StringComparison.Ordinal);
        var file = await FileAsync(model, "signoz-collector", "collector.yaml");
        Assert.Contains("tcp://signoz-clickhouse:9000/signoz_traces", file.Contents!, StringComparison.Ordinal);
        Assert.True(file.Mode.HasFlag(UnixFileMode.OtherRead));
    }

    [Fact]
    public async Task Configuration_names_the_containers_it_means_and_holds_nothing_that_Compose_would_replace()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        var clickHouse = await FileAsync(model, "signoz-clickhouse", "clickhouse.xml");
        Assert.Contains("<host>signoz-keeper</host>", clickHouse.Contents!, StringComparison.Ordinal);
        foreach (var (part, name) in new[] { ("signoz-collector", "collector.yaml"), ("signoz-clickhouse", "clickhouse.xml"), ("signoz-clickhouse", "histogram_function.xml"), ("signoz-keeper", "keeper.xml") })
        {
            var contents = (await FileAsync(model, part, name)).Contents!;
            Assert.DoesNotContain("_HOST", contents, StringComparison.Ordinal);
            Assert.DoesNotContain('$', contents);
        }
    }

    [Fact]
    public async Task The_download_of_a_function_cannot_hold_up_the_rest()
    {
        await using var model = await Model.BuildAsync(Model.Containers);

        var script = (await model.ArgumentsAsync("signoz-functions"))[1];
        Assert.Contains("timeout 60", script, StringComparison.Ordinal);
        Assert.EndsWith("exit 0\n", script, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_is_given_is_checked()
    {
        var builder = Model.Empty();
        var signoz = builder.AddSigNoz("signoz");
        IResourceBuilder<SigNozResource> none = null!;

        Assert.Throws<ArgumentNullException>("builder", () => SigNozBuilderExtensions.AddSigNoz(null!, "signoz"));
        Assert.Throws<ArgumentNullException>("name", () => builder.AddSigNoz(null!));
        Assert.Throws<ArgumentException>("name", () => builder.AddSigNoz(string.Empty));
        Assert.Throws<ArgumentNullException>("builder", () => none.WithDataVolume());
        Assert.Throws<ArgumentNullException>("builder", () => none.WithStackLifetime(ContainerLifetime.Persistent));
        Assert.Throws<ArgumentNullException>("builder", () => none.WithoutAuthentication());
        Assert.Throws<ArgumentNullException>("builder", () => none.WithOtlpPorts());
        Assert.Throws<ArgumentNullException>("builder", () => none.WithRootUser("root@example.com"));
        Assert.Throws<ArgumentException>("email", () => signoz.WithRootUser(""));
        Assert.Throws<ArgumentNullException>("url", () => signoz.WithPublicUrl(null!));
        Assert.Throws<ArgumentNullException>("password", () => new SigNozResource("signoz", null!, signoz.Resource.PasswordParameter));
        Assert.Throws<ArgumentNullException>("jwtSecret", () => new SigNozResource("signoz", signoz.Resource.PasswordParameter, null!));
    }

    [Fact]
    public void Its_ports_can_be_fixed()
    {
        var signoz = Model.Empty().AddSigNoz("signoz", port: 8080).WithOtlpPorts(14317, 14318).Resource;

        Assert.Equal(8080, signoz.PrimaryEndpoint.EndpointAnnotation.Port);
        Assert.Equal(14317, signoz.OtlpGrpcEndpoint.EndpointAnnotation.Port);
        Assert.Equal(14318, signoz.OtlpHttpEndpoint.EndpointAnnotation.Port);
    }

    private static readonly IServiceProvider NoServices = new ServiceCollection().BuildServiceProvider();

    private static readonly string[] Parts = ["signoz-keeper", "signoz-functions", "signoz-clickhouse", "signoz-migrator", "signoz-collector"];

    private static async Task<ContainerFile> FileAsync(Model model, string container, string name)
    {
        foreach (var annotation in model[container].Annotations.OfType<ContainerFileSystemCallbackAnnotation>())
        {
            var entries = await annotation.Callback(new ContainerFileSystemCallbackContext { Model = model[container], Services = NoServices }, CancellationToken.None);
            if (entries.OfType<ContainerFile>().SingleOrDefault(file => file.Name == name) is { } file)
                return file;
        }
        throw new InvalidOperationException($"{container} has no file {name}.");
    }
}
