using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.Extensions.Hosting;
using Sos.Api.Hosting;
using Sos.Executors.Engine;
using Sos.Testing.Postgres;
using static Sos.Api.Tests.Deployment.Manifests;

namespace Sos.Api.Tests.Deployment;

/// <summary>Holds <c>deploy/k8s</c> against the programs that it runs and against itself.</summary>
public sealed class ManifestTests
{
    private const string PartOf = "app.kubernetes.io/part-of";

    private static readonly string Version = typeof(SosApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static TheoryData<string> PodNames => [.. Pods.Keys];

    [Fact]
    public void Every_file_is_part_of_a_kustomization_and_every_part_is_there()
    {
        var used = new HashSet<string>(StringComparer.Ordinal) { Path.Combine(Folder, "secrets.example.yaml") };
        foreach (var path in Directory.EnumerateFiles(Folder, "kustomization.yaml", SearchOption.AllDirectories))
        {
            var kustomization = Read(path).Single();
            var parts = List(kustomization, "resources").Concat(List(kustomization, "components")).Select(part => part.GetValue<string>())
                .Concat(List(kustomization, "patches").Select(patch => Text(patch, "path")).OfType<string>());
            foreach (var part in parts)
            {
                var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, part));
                Assert.True(File.Exists(full) || File.Exists(Path.Combine(full, "kustomization.yaml")), $"{path} names {part}, which is not there.");
                used.Add(full);
            }
            used.Add(path);
        }
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Except(used));
    }

    [Fact]
    public void Images_are_those_that_the_projects_publish()
    {
        var published = Directory.EnumerateFiles(Root, "*.csproj", SearchOption.AllDirectories)
            .Where(project => XDocument.Load(project).Descendants("IsContainerImage").Any(property => property.Value == "true"))
            .Select(project => Path.GetFileNameWithoutExtension(project).ToLowerInvariant().Replace('.', '-'))
            .Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(["sos-api", "sos-executors", "sos-migrations"], published);

        var images = Pods.Keys.Select(pod => Text(Container(pod), "image")!).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(published.Select(image => $"{image}:{Version}"), images);
        var renamed = All.Where(each => Kind(each.Document) == "Kustomization").SelectMany(each => List(each.Document, "images")).Select(image => Text(image, "name"));
        Assert.Equal(published, renamed.Order(StringComparer.Ordinal));
        Assert.Equal($"sos-migrations-{Version.Replace('.', '-')}", Name(OfKind("Job").Single()));
    }

    [Fact]
    public void Commands_are_those_of_the_migrations_program()
    {
        var commands = File.ReadAllText(Path.Combine(Root, "Sos.Migrations", "Commands", "SchemaCommands.cs"));
        var arguments = Pods.Keys.SelectMany(pod => List(Container(pod), "args")).Select(argument => argument.GetValue<string>()).ToArray();
        Assert.Equal(["migrate", "partitions"], arguments.Order(StringComparer.Ordinal));
        Assert.All(arguments, argument => Assert.Contains($"new Command(\"{argument}\"", commands));
    }

    [Theory]
    [InlineData("sos-api")]
    [InlineData("sos-executors")]
    public void Probes_ask_paths_that_there_are_at_the_port_that_is_listened_on(string name)
    {
        var container = Container(name);
        var port = List(container, "ports").Single();
        Assert.Equal(Map(Find("ConfigMap", "sos"), "data")["ASPNETCORE_HTTP_PORTS"], Text(port, "containerPort"));
        Assert.All(["startupProbe", "livenessProbe", "readinessProbe"], probe => Assert.Equal(Text(port, "name"), Text(container, $"{probe}.httpGet.port")));
        Assert.Equal((HealthPath("Alive"), HealthPath("Alive"), HealthPath("Ready")),
            (Text(container, "startupProbe.httpGet.path"), Text(container, "livenessProbe.httpGet.path"), Text(container, "readinessProbe.httpGet.path")));
        // The database's check gives up after three seconds; a probe that gives up earlier would see none of it.
        Assert.True(Number(container, "readinessProbe.timeoutSeconds") > 3);

        static string HealthPath(string path) => (string)typeof(HealthExtensions).Assembly.GetType("Sos.ServiceDefaults.Health.HealthPaths", throwOnError: true)!.GetField(path)!.GetRawConstantValue()!;
    }

    [Fact]
    public void Traffic_reaches_the_port_that_the_API_listens_on()
    {
        var container = List(Container("sos-api"), "ports").Single();
        var service = List(Find("Service", "sos-api"), "spec.ports").Single();
        Assert.Equal(Text(container, "name"), Text(service, "targetPort"));
        var backend = At(OfKind("Ingress").Single(), "spec.rules.0.http.paths.0.backend.service");
        Assert.Equal(("sos-api", Text(service, "name")), (Text(backend, "name"), Text(backend, "port.name")));
        Assert.Equal(Text(container, "containerPort"), Text(Find("NetworkPolicy", "sos-api"), "spec.ingress.0.ports.0.port"));
    }

    [Fact]
    public void Pods_have_the_time_to_stop_that_their_programs_take()
    {
        var defaults = new ExecutorOptions();
        var settings = Map(Find("ConfigMap", "sos-executors"), "data");
        Assert.Equal(defaults.StopGrace, TimeSpan.Parse(settings["Sos__Executor__StopGrace"], CultureInfo.InvariantCulture));
        Assert.Equal(defaults.CancelGrace, TimeSpan.Parse(settings["Sos__Executor__CancelGrace"], CultureInfo.InvariantCulture));
        Assert.Equal((defaults.StopGrace + defaults.CancelGrace).TotalSeconds + 15, Number(Pods["sos-executors"], "spec.terminationGracePeriodSeconds"));
        Assert.Equal(
            Number(Container("sos-api"), "lifecycle.preStop.sleep.seconds") + new HostOptions().ShutdownTimeout.TotalSeconds + 15,
            Number(Pods["sos-api"], "spec.terminationGracePeriodSeconds"));
    }

    [Fact]
    public void Selectors_match_the_pods_they_mean()
    {
        foreach (var deployment in OfKind("Deployment"))
        {
            Assert.Subset(Labels(Name(deployment)), Map(deployment, "spec.selector.matchLabels").ToHashSet());
            Assert.All(List(Pods[Name(deployment)], "spec.topologySpreadConstraints"), spread => AssertSelects(Name(deployment), Map(spread, "labelSelector.matchLabels")));
        }
        foreach (var budget in OfKind("PodDisruptionBudget"))
            AssertSelects(Name(budget), Map(budget, "spec.selector.matchLabels"));
        AssertSelects("sos-api", Map(Find("Service", "sos-api"), "spec.selector"));
        // The label that all have is given by the base.
        var kustomization = Read(Path.Combine(Folder, "base", "kustomization.yaml")).Single();
        Assert.Equal("sos", Map(At(kustomization, "labels.0"), "pairs")[PartOf]);
        foreach (var policy in OfKind("NetworkPolicy"))
        {
            var selector = Map(policy, "spec.podSelector.matchLabels");
            Assert.Contains(Pods.Keys, pod => selector.All(Labels(pod).Contains));
            if (!selector.ContainsKey(PartOf))
                Assert.All(Pods.Keys.Where(pod => selector.All(Labels(pod).Contains)), pod => Assert.StartsWith(Name(policy), Text(Container(pod), "image"), StringComparison.Ordinal));
        }

        static void AssertSelects(string pod, IReadOnlyDictionary<string, string> selector) =>
            Assert.Equal([pod], Pods.Keys.Where(each => selector.All(Labels(each).Contains)));

        static HashSet<KeyValuePair<string, string>> Labels(string pod) => [.. Map(Pods[pod], "metadata.labels"), KeyValuePair.Create(PartOf, "sos")];
    }

    [Theory]
    [MemberData(nameof(PodNames))]
    public void What_a_pod_refers_to_is_there(string pod)
    {
        var (spec, container) = (At(Pods[pod], "spec"), Container(pod));
        Assert.Contains(OfKind("ServiceAccount"), account => Name(account) == Text(spec, "serviceAccountName"));
        var sources = List(container, "envFrom").ToArray();
        Assert.All(sources.Select(source => Text(source, "configMapRef.name")).OfType<string>(), name => Find("ConfigMap", name));
        Assert.All(sources.Select(source => Text(source, "secretRef.name")).OfType<string>(), name => Find("Secret", name));
        Assert.All(List(container, "volumeMounts"), mount => Assert.Contains(List(spec, "volumes"), volume => Text(volume, "name") == Text(mount, "name")));
    }

    [Theory]
    [MemberData(nameof(PodNames))]
    public void A_pod_can_do_no_more_than_it_must(string pod)
    {
        var (spec, container) = (At(Pods[pod], "spec"), Container(pod));
        Assert.Equal(("false", "false"), (Text(spec, "automountServiceAccountToken"), Text(spec, "enableServiceLinks")));
        Assert.Equal(("true", "1654", "RuntimeDefault"), (Text(spec, "securityContext.runAsNonRoot"), Text(spec, "securityContext.runAsUser"), Text(spec, "securityContext.seccompProfile.type")));
        Assert.Equal(("true", "false", "ALL"),
            (Text(container, "securityContext.readOnlyRootFilesystem"), Text(container, "securityContext.allowPrivilegeEscalation"), Text(container, "securityContext.capabilities.drop.0")));
        Assert.All(["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"], resource => Assert.NotNull(Text(container, $"resources.{resource}")));
        Assert.Equal("/tmp", Text(List(container, "volumeMounts").Single(), "mountPath"));
        Assert.NotNull(Text(List(spec, "volumes").Single(), "emptyDir.sizeLimit"));
    }

    [Fact]
    public async Task Scaling_asks_what_its_login_may_ask()
    {
        await using var database = await TestDatabase.CreateAsync();
        var scaling = OfKind("ScaledObject").Single();
        Assert.Contains(OfKind("Deployment"), deployment => Name(deployment) == Text(scaling, "spec.scaleTargetRef.name"));
        var triggers = List(scaling, "spec.triggers").ToArray();
        Assert.Equal(2, triggers.Length);
        foreach (var trigger in triggers)
        {
            var access = Find("TriggerAuthentication", Text(trigger, "authenticationRef.name")!);
            var secret = List(access, "spec.secretTargetRef").Single();
            Assert.True(Map(Find("Secret", Text(secret, "name")!), "stringData").ContainsKey(Text(secret, "key")!));
            await using var connection = await database.DataSource.OpenConnectionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "set role sos_monitor";
            await command.ExecuteNonQueryAsync();
            command.CommandText = Text(trigger, "metadata.query")!;
            Assert.Equal(0L, await command.ExecuteScalarAsync());
            Assert.True(Number(trigger, "metadata.targetQueryValue") < new ExecutorOptions().Slots);
        }
    }

    private static double Number(JsonNode? node, string path) => double.Parse(Text(node, path)!, CultureInfo.InvariantCulture);
}
