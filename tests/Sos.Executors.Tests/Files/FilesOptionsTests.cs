using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sos.Executors.Files;
using Sos.Executors.Files.Local;
using Sos.Executors.Files.S3;

namespace Sos.Executors.Tests.Files;

/// <summary>Which store the settings choose, and which settings stop a host.</summary>
public sealed class FilesOptionsTests
{
    private const string Canary = "canary-secret-key";

    [Fact]
    public async Task Without_a_setting_every_use_names_the_settings()
    {
        var store = Store();
        var e = await Assert.ThrowsAsync<FileStoreException>(() => store.ListAsync(Guid.NewGuid(), new FileQuery(), default));
        Assert.Equal("files_not_configured", e.Code);
        Assert.Contains("Sos:Files:Folder", e.Message, StringComparison.Ordinal);
        Assert.Contains("Sos:Files:S3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_or_a_bucket_chooses_the_store()
    {
        Assert.IsType<LocalFileStore>(Store(("Folder", Path.GetTempPath())));
        Assert.IsType<S3FileStore>(Store(("S3:Bucket", "b"), ("S3:AccessKey", "a"), ("S3:SecretKey", Canary)));
    }

    [Theory]
    [InlineData("Folder", "relative/path")]
    [InlineData("MaxFileBytes", "0")]
    [InlineData("MaxFilesPerWorkspace", "0")]
    [InlineData("S3:Bucket", "a/b")]
    [InlineData("S3:SecretKey", "")]
    [InlineData("S3:Endpoint", "ftp://host")]
    [InlineData("S3:Endpoint", "http://host/path")]
    [InlineData("S3:Endpoint", "http://user:password@host")]
    [InlineData("S3:Region", "eu central")]
    [InlineData("S3:Prefix", "/absolute")]
    public void A_setting_that_can_not_work_is_told_without_the_key(string name, string value)
    {
        (string, string?)[] good = name.StartsWith("S3:", StringComparison.Ordinal) ? [("S3:Bucket", "b"), ("S3:AccessKey", "a"), ("S3:SecretKey", Canary)] : [];
        var e = Assert.Throws<OptionsValidationException>(() => Store([.. good.Where(s => s.Item1 != name), (name, value)]));
        Assert.DoesNotContain(Canary, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_places_are_one_too_many() =>
        Assert.Throws<OptionsValidationException>(() => Store(("Folder", Path.GetTempPath()), ("S3:Bucket", "b"), ("S3:AccessKey", "a"), ("S3:SecretKey", Canary)));

    private static FileStore Store(params (string Name, string? Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => "Sos:Files:" + s.Name, s => s.Value)).Build();
        return new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddFiles().BuildServiceProvider().GetRequiredService<FileStore>();
    }
}
