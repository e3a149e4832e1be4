using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Sos.Executors.Files;

/// <summary>Where workflows' files are and how many there may be: the configuration section <c>Sos:Files</c>.</summary>
public sealed class FilesOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Sos:Files";

    /// <summary>A folder on this machine, or one that all executors mount; null for S3 or none.</summary>
    public string? Folder { get; set; }

    /// <summary>S3-compatible storage; null for <see cref="Folder"/> or none.</summary>
    public S3Options? S3 { get; set; }

    /// <summary>How large a file may be, in bytes.</summary>
    /// <value>100 MiB</value>
    [Range(1L, 5L * 1024 * 1024 * 1024)]
    public long MaxFileBytes { get; set; } = 100 * 1024 * 1024;

    /// <summary>How large a workspace's files may be together, in bytes.</summary>
    /// <value>1 GiB</value>
    [Range(1L, long.MaxValue)]
    public long MaxBytesPerWorkspace { get; set; } = 1024 * 1024 * 1024;

    /// <summary>How many files a workspace may have.</summary>
    /// <value>10,000</value>
    [Range(1, 10_000_000)]
    public int MaxFilesPerWorkspace { get; set; } = 10_000;
}

/// <summary>S3-compatible storage.</summary>
public sealed class S3Options
{
    /// <summary>The address, such as <c>http://minio:9000</c>; null for Amazon's in <see cref="Region"/>.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The bucket; it must exist.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>The region that requests are signed for.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>The id of the key that signs.</summary>
    public string AccessKey { get; set; } = "";

    /// <summary>The key that signs; never printed.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>What stands before every object's key, such as <c>sos/</c>.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Whether the bucket is in the path (true) or in the host name (false); by default true where <see cref="Endpoint"/> is set.</summary>
    public bool? PathStyle { get; set; }
}

/// <summary>Says everything that is wrong with the settings before the host starts; repeats no key.</summary>
internal sealed class FilesOptionsCheck : IValidateOptions<FilesOptions>
{
    // A key has 1,024 bytes: prefix, workspace and path.
    private const int MaxPrefix = 100;

    public ValidateOptionsResult Validate(string? name, FilesOptions options)
    {
        var problems = Problems(options).Select(problem => $"{FilesOptions.Section}: {problem}").ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Problems(FilesOptions options)
    {
        if (!string.IsNullOrWhiteSpace(options.Folder) && options.S3 is not null)
            yield return "Set either Folder or S3.";
        if (!string.IsNullOrWhiteSpace(options.Folder) && !Path.IsPathFullyQualified(options.Folder))
            yield return "Folder is an absolute path.";
        if (options.S3 is not { } s3)
            yield break;
        if (s3.Bucket.Length is < 1 or > 255 || !s3.Bucket.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
            yield return "S3:Bucket is the name of a bucket: letters, digits, '-', '.' and '_'.";
        if (s3.Region.Length == 0 || !s3.Region.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            yield return "S3:Region is a region's name, such as us-east-1.";
        if (s3.AccessKey.Length == 0 || s3.SecretKey.Length == 0)
            yield return "S3:AccessKey and S3:SecretKey are needed.";
        if (s3.Endpoint is { Length: > 0 } endpoint
            && (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.PathAndQuery != "/" || url.UserInfo.Length > 0))
        {
            yield return "S3:Endpoint is an http or https address without path, such as https://minio.example.com:9000.";
        }
        if (s3.Prefix.Length > MaxPrefix || s3.Prefix.StartsWith('/') || !s3.Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '/'))
            yield return $"S3:Prefix has at most {MaxPrefix} letters, digits, '-', '.', '_' and '/', and does not begin with '/'.";
    }
}
