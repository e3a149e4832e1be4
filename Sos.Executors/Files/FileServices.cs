using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sos.Executors.Files.Local;
using Sos.Executors.Files.S3;

namespace Sos.Executors.Files;

/// <summary>Registers the place for files.</summary>
public static class FileServices
{
    /// <summary>Adds the <see cref="FileStore"/> that <see cref="FilesOptions"/> names; settings that can't work stop the host at its start.</summary>
    public static IServiceCollection AddFiles(this IServiceCollection services)
    {
        services.AddOptions<FilesOptions>().BindConfiguration(FilesOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FilesOptions>, FilesOptionsCheck>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<FileStore>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<FilesOptions>>().Value;
            var time = provider.GetRequiredService<TimeProvider>();
            if (options.S3 is { } s3)
                return new S3FileStore(options, new S3Client(s3, time), time);
            return string.IsNullOrWhiteSpace(options.Folder) ? new UnconfiguredFileStore() : new LocalFileStore(options, time);
        });
        return services;
    }
}
