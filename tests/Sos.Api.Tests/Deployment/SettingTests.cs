using System.Data.Common;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Sos.Executors.Engine;
using Sos.Migrations.Schema;
using Sos.Workflows.Store;
using static Sos.Api.Tests.Deployment.Manifests;

namespace Sos.Api.Tests.Deployment;

/// <summary>Settings in <c>deploy/k8s</c> are ones that a program reads, with values that it takes.</summary>
public sealed class SettingTests
{
    // The framework's, and the operating system's.
    private static readonly HashSet<string> Platform = ["ASPNETCORE_HTTP_PORTS", "HOME"];

    private static readonly Assembly[] Programs = [typeof(Sos.Api.Hosting.SosApi).Assembly, typeof(ExecutorOptions).Assembly, typeof(Migrator).Assembly, typeof(SchemaVersion).Assembly];

    /// <summary>The classes that configuration is bound to, by their section.</summary>
    private static readonly Dictionary<string, Type> Sections = Programs.SelectMany(program => program.GetTypes())
        .Select(type => (Type: type, Section: type.GetField("Section", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)?.GetRawConstantValue() as string))
        .Where(each => each.Section is not null && each.Type.GetConstructor(Type.EmptyTypes) is not null)
        .ToDictionary(each => each.Section!, each => each.Type);

    private static readonly string Code = string.Join('\n',
        from project in (string[])["Sos.Workflows", "Sos.Executors", "Sos.ServiceDefaults", "Sos.Api", "Sos.Migrations"]
        from file in Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
        select File.ReadAllText(file));

    public static TheoryData<string, string, string> Settings
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var (file, document) in All)
            {
                var values = Kind(document) switch
                {
                    "ConfigMap" => Map(document, "data"),
                    "Secret" when Name(document) != "sos-monitor" => Map(document, "stringData"), // that one is KEDA's
                    _ => new Dictionary<string, string>(),
                };
                foreach (var (name, value) in values)
                    data.Add(file, name, value);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_setting_is_one_that_a_program_reads(string file, string name, string value) =>
        Assert.True(IsRead(name, value, out var why), $"{file}: {name}: {why}");

    [Theory]
    [InlineData("Sos__Executor__Slot", "1")]
    [InlineData("Sos__Executor__Slots", "many")]
    [InlineData("Sos__Executors__Slots", "1")]
    [InlineData("Sos__Files__S3__Bucked", "b")]
    [InlineData("Retention__ExecutionDay", "1")]
    [InlineData("Sos__PublicURI", "https://sos.example.com")]
    [InlineData("OTEL_TRACE_SAMPLER", "always_on")]
    [InlineData("ConnectionStrings__so", "Host=here;Database=sos")]
    [InlineData("ConnectionStrings__sos", "Hots=here;Database=sos")]
    [InlineData("ConnectionStrings__signoz", "Endpoint=https://ingest.eu.signoz.cloud;Key=k")]
    public void A_mistake_would_be_found(string name, string value) => Assert.False(IsRead(name, value, out _));

    private static bool IsRead(string name, string value, out string? why)
    {
        why = null;
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        if (Platform.Contains(name))
            return true;
        if (key == "ConnectionStrings:sos")
            return IsConnectionString(value, out why);
        if (key == "ConnectionStrings:signoz")
            return new DbConnectionStringBuilder { ConnectionString = value }.Keys.Cast<string>().Except(["endpoint", "protocol", "ingestionkey", "web"]).ToArray() is [];
        if (Sections.Keys.Where(section => key.StartsWith(section + ":", StringComparison.Ordinal)).MaxBy(section => section.Length) is not { } section)
        {
            why = "no program reads it";
            // Read one by one, by a constant or where the name stands.
            return Code.Contains($"\"{key}\"", StringComparison.Ordinal);
        }
        try
        {
            var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
            configuration.GetSection(section).Bind(Activator.CreateInstance(Sections[section])!, options => (options.ErrorOnUnknownConfiguration, options.BindNonPublicProperties) = (true, false));
            return true;
        }
        catch (InvalidOperationException e)
        {
            why = e.Message;
            return false;
        }
    }

    private static bool IsConnectionString(string value, out string? why)
    {
        try
        {
            why = new NpgsqlConnectionStringBuilder(value).Database == "sos" ? null : "it names no database";
        }
        catch (ArgumentException e)
        {
            why = e.Message;
        }
        return why is null;
    }
}
