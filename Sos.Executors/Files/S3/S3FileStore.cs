using System.Globalization;
using System.Net;
using System.Xml.Linq;

namespace Sos.Executors.Files.S3;

/// <summary>
/// Files as objects of a bucket that speaks S3's protocol: <c>&lt;prefix&gt;&lt;workspace&gt;/&lt;path&gt;</c>. Conditions are
/// S3's own conditional writes, exact among all processes where the storage knows them.
/// </summary>
internal sealed class S3FileStore : FileStore, IDisposable
{
    private const int MaxAppendAttempts = 5;
    private const int MaxListRequests = 20;

    private readonly FilesOptions options;
    private readonly S3Client client;
    private readonly TimeProvider time;
    private readonly FileUsage usage;

    public S3FileStore(FilesOptions options, S3Client client, TimeProvider time)
    {
        (this.options, this.client, this.time) = (options, client, time);
        usage = new FileUsage(options, time, CountAsync);
    }

    /// <inheritdoc/>
    public override async Task<FileEntry?> StatAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken)
    {
        using var response = await client.SendAsync(new S3Request(HttpMethod.Head, Key(workspaceId, path)) { Expected = [HttpStatusCode.NotFound] }, cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? null : Entry(path, response);
    }

    /// <inheritdoc/>
    public override async Task<OpenedFile> OpenAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken)
    {
        var response = await client.SendAsync(new S3Request(HttpMethod.Get, Key(workspaceId, path)) { Expected = [HttpStatusCode.NotFound] }, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            response.Dispose();
            throw NotFound(path);
        }
        // The stream ends the answer when it is disposed.
        return new OpenedFile(Entry(path, response), await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public override async Task<FileEntry> WriteAsync(Guid workspaceId, FilePath path, Stream content, WriteCondition condition, CancellationToken cancellationToken)
    {
        await using var spool = new S3Spool();
        if (!await spool.AddAsync(content, options.MaxFileBytes, cancellationToken))
            throw TooLarge(path, options.MaxFileBytes);
        return await PutAsync(workspaceId, path, spool, condition, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>S3 can't append: the file is read and written again, unless another one wrote it in between.</remarks>
    public override async Task<FileEntry> AppendAsync(Guid workspaceId, FilePath path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var spool = new S3Spool();
            var condition = new WriteCondition(IfAbsent: true, null);
            if (await StatAsync(workspaceId, path, cancellationToken) is not null)
            {
                await using var old = await OpenAsync(workspaceId, path, cancellationToken);
                condition = new WriteCondition(IfAbsent: false, old.Entry.ETag);
                if (!await spool.AddAsync(old.Content, options.MaxFileBytes, cancellationToken))
                    throw TooLarge(path, options.MaxFileBytes);
            }
            using var more = new MemoryStream(content.ToArray(), writable: false);
            if (!await spool.AddAsync(more, options.MaxFileBytes, cancellationToken))
                throw TooLarge(path, options.MaxFileBytes);
            try
            {
                return await PutAsync(workspaceId, path, spool, condition, cancellationToken);
            }
            catch (FileStoreException e) when (attempt < MaxAppendAttempts && e.Code is FileErrorCodes.Changed or FileErrorCodes.Exists)
            {
                // Another one was faster: its content belongs before this.
                continue;
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<bool> DeleteAsync(Guid workspaceId, FilePath path, CancellationToken cancellationToken)
    {
        if (await StatAsync(workspaceId, path, cancellationToken) is not { } old)
            return false;
        using (await client.SendAsync(new S3Request(HttpMethod.Delete, Key(workspaceId, path)), cancellationToken))
            usage.Release(workspaceId, new FileTotals(old.Size, 1));
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>S3 can't rename: the file is copied there, and then deleted.</remarks>
    public override async Task<FileEntry> MoveAsync(Guid workspaceId, FilePath from, FilePath to, bool overwrite, CancellationToken cancellationToken)
    {
        var source = await StatAsync(workspaceId, from, cancellationToken) ?? throw NotFound(from);
        if (from == to)
            return source;
        var old = await StatAsync(workspaceId, to, cancellationToken);
        if (old is not null && !overwrite)
            throw Exists(to);
        var headers = new Dictionary<string, string>
        {
            ["x-amz-copy-source"] = SignatureV4.EncodePath($"/{client.Bucket}/{Key(workspaceId, from)}"),
            ["x-amz-copy-source-if-match"] = Quoted(source.ETag!),
        };
        if (!overwrite)
            headers["if-none-match"] = "*";
        using (var response = await client.SendAsync(
            new S3Request(HttpMethod.Put, Key(workspaceId, to)) { Headers = headers, Expected = [HttpStatusCode.PreconditionFailed] }, cancellationToken))
        {
            if (response.StatusCode == HttpStatusCode.PreconditionFailed)
                throw overwrite ? Changed(from) : Exists(to);
            // A copy that fails late is an error in an answer that began as a success.
            if ((await client.ReadXmlAsync(response, cancellationToken)).Name.LocalName == "Error")
                throw new FileStoreException(FileErrorCodes.Unavailable, $"The file storage could not copy '{from}'.", retryable: true);
        }
        if (old is not null)
            usage.Release(workspaceId, new FileTotals(old.Size, 1));
        using (await client.SendAsync(new S3Request(HttpMethod.Delete, Key(workspaceId, from)), cancellationToken))
            return source with { Path = to.Text, ModifiedAt = time.GetUtcNow() };
    }

    /// <inheritdoc/>
    public override async Task<FilePage> ListAsync(Guid workspaceId, FileQuery query, CancellationToken cancellationToken)
    {
        var files = new List<FileEntry>();
        var after = query.After;
        // A pattern that few files fit must not keep a caller waiting for thousands of requests.
        for (var request = 0; request < MaxListRequests; request++)
        {
            var (page, more) = await PageAsync(workspaceId, query.Folder is null ? "" : query.Folder.Text + "/", after, cancellationToken);
            foreach (var file in page)
            {
                if (files.Count == query.Limit && IsOwn(file.Path) && query.Wants(file.Path))
                    return new FilePage(files, files[^1].Path);
                after = file.Path;
                if (IsOwn(file.Path) && query.Wants(file.Path))
                    files.Add(file);
            }
            if (!more)
                return new FilePage(files, null);
        }
        return new FilePage(files, after);
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<FileEntry> PutAsync(Guid workspaceId, FilePath path, S3Spool spool, WriteCondition condition, CancellationToken cancellationToken)
    {
        var old = await StatAsync(workspaceId, path, cancellationToken);
        if (condition.IfAbsent && old is not null)
            throw Exists(path);
        if (condition.IfMatch is { } known && old?.ETag != known)
            throw Changed(path);
        var headers = new Dictionary<string, string>();
        if (condition.IfAbsent)
            headers["if-none-match"] = "*";
        if (condition.IfMatch is not null)
            headers["if-match"] = Quoted(condition.IfMatch);
        var more = new FileTotals(spool.Size, 1) - (old is null ? default : new FileTotals(old.Size, 1));
        await usage.ReserveAsync(workspaceId, more, cancellationToken);
        try
        {
            var (content, hash) = spool.Finish();
            using var response = await client.SendAsync(
                new S3Request(HttpMethod.Put, Key(workspaceId, path))
                {
                    Headers = headers,
                    Content = content,
                    PayloadHash = hash,
                    Expected = [HttpStatusCode.PreconditionFailed, .. condition == WriteCondition.None ? [] : (HttpStatusCode[])[HttpStatusCode.Conflict, HttpStatusCode.NotFound]],
                },
                cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw condition.IfAbsent ? Exists(path) : Changed(path);
            return new FileEntry(path.Text, spool.Size, time.GetUtcNow()) { ETag = ETag(response) };
        }
        catch
        {
            usage.Release(workspaceId, more);
            throw;
        }
    }

    private async Task<(List<FileEntry> Files, bool More)> PageAsync(Guid workspaceId, string prefix, string? after, CancellationToken cancellationToken)
    {
        var root = Root(workspaceId);
        var query = new Dictionary<string, string> { ["list-type"] = "2", ["prefix"] = root + prefix, ["max-keys"] = "1000" };
        if (after is not null)
            query["start-after"] = root + after;
        using var response = await client.SendAsync(new S3Request(HttpMethod.Get, null) { Query = query }, cancellationToken);
        var page = await client.ReadXmlAsync(response, cancellationToken);
        var files = new List<FileEntry>();
        foreach (var item in page.Elements().Where(e => e.Name.LocalName == "Contents"))
        {
            if (Value(item, "Key") is { } key && key.StartsWith(root, StringComparison.Ordinal)
                && long.TryParse(Value(item, "Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                && DateTimeOffset.TryParse(Value(item, "LastModified"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified))
            {
                files.Add(new FileEntry(key[root.Length..], size, modified.ToUniversalTime()));
            }
        }
        return (files, files.Count > 0 && Value(page, "IsTruncated") == "true");
    }

    private async Task<FileTotals> CountAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        var totals = default(FileTotals);
        string? after = null;
        for (var more = true; more;)
        {
            (var page, more) = await PageAsync(workspaceId, "", after, cancellationToken);
            totals = page.Aggregate(totals, (sum, file) => sum + new FileTotals(file.Size, 1));
            after = page.Count > 0 ? page[^1].Path : after;
            // Beyond its quota, it does not matter by how much.
            more &= totals.Files <= options.MaxFilesPerWorkspace;
        }
        return totals;
    }

    private string Root(Guid workspaceId) => $"{options.S3!.Prefix}{workspaceId}/";

    private string Key(Guid workspaceId, FilePath path) => Root(workspaceId) + path.Text;

    // Others may have put objects there whose keys are no paths.
    private static bool IsOwn(string path) => FilePath.TryParse(path, out _, out _);

    private static FileEntry Entry(FilePath path, HttpResponseMessage response) =>
        new(path.Text, response.Content.Headers.ContentLength ?? 0, response.Content.Headers.LastModified ?? DateTimeOffset.UnixEpoch) { ETag = ETag(response) };

    private static string? ETag(HttpResponseMessage response) => response.Headers.ETag?.Tag.Trim('"');

    private static string Quoted(string etag) => $"\"{etag}\"";

    private static string? Value(XElement element, string name) => element.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
}
