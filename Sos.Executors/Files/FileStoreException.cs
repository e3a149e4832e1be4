namespace Sos.Executors.Files;

/// <summary>A file store can't do what it was asked for.</summary>
/// <param name="code">A stable snake_case code: one of <see cref="FileErrorCodes"/>.</param>
/// <param name="message">A sentence for the person who asked: what is wrong and what to do.</param>
/// <param name="retryable">Whether another attempt may go better.</param>
/// <param name="inner">What it follows from.</param>
public sealed class FileStoreException(string code, string message, bool retryable = false, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The code.</summary>
    public string Code => code;

    /// <summary>Whether another attempt may go better.</summary>
    public bool Retryable => retryable;
}

/// <summary>The codes of <see cref="FileStoreException"/>.</summary>
public static class FileErrorCodes
{
    /// <summary>There is no such file.</summary>
    public const string NotFound = "file_not_found";

    /// <summary>There is a file already where none should be.</summary>
    public const string Exists = "file_exists";

    /// <summary>The file is no longer the one that the caller knew.</summary>
    public const string Changed = "file_changed";

    /// <summary>The path could lead out of the workspace's files, or is no good name on some system.</summary>
    public const string PathNotAllowed = "path_not_allowed";

    /// <summary>One file would be too large, or is larger than the caller takes.</summary>
    public const string TooLarge = "file_too_large";

    /// <summary>The workspace's files would be too many or too large.</summary>
    public const string QuotaExceeded = "quota_exceeded";

    /// <summary>A folder has more files than are deleted at once.</summary>
    public const string TooMany = "too_many_files";

    /// <summary>No place for files is configured.</summary>
    public const string NotConfigured = "files_not_configured";

    /// <summary>The place for files does not answer, or refuses.</summary>
    public const string Unavailable = "files_unavailable";
}
