using System.Net.Http.Headers;
using System.Text;
using Sos.Executors.Models.Providers;

namespace Sos.Executors.Models.Connections;

/// <summary>
/// What every request of a connection goes through, below the vendor's SDK: it adds the key, bounds the answer, and
/// turns a refusal into one exception that is the same for all providers.
/// </summary>
internal sealed class ProviderHandler(ModelProvider provider, ModelConnection connection, int maxResponseBytes, TimeProvider time, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    private const int MaxErrorBytes = 16 * 1024;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        provider.Authorize(request, connection);
        var response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            using (response)
                throw await RefusalAsync(response, cancellationToken);
        }
        var limited = new StreamContent(new LimitedStream(await response.Content.ReadAsStreamAsync(cancellationToken), maxResponseBytes));
        foreach (var (name, values) in response.Content.Headers.NonValidated)
            limited.Headers.TryAddWithoutValidation(name, values);
        response.Content = limited;
        return response;
    }

    private async Task<ProviderRefusalException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new byte[MaxErrorBytes];
        var length = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The status says enough; what more there was got lost on the way.
            length = 0;
        }
        return new ProviderRefusalException((int)response.StatusCode, RetryAfter(response.Headers), Encoding.UTF8.GetString(body, 0, length));
    }

    // OpenAI's retry-after-ms is the more exact where both are there.
    private TimeSpan? RetryAfter(HttpResponseHeaders headers)
    {
        if (headers.TryGetValues("retry-after-ms", out var values) && double.TryParse(values.FirstOrDefault(), System.Globalization.CultureInfo.InvariantCulture, out var ms) && ms is >= 0 and < 1e9)
            return TimeSpan.FromMilliseconds(ms);
        var delay = headers.RetryAfter?.Delta ?? headers.RetryAfter?.Date - time.GetUtcNow();
        return delay is { } d && d < TimeSpan.Zero ? TimeSpan.Zero : delay;
    }
}

/// <summary>A provider answered with a status that is no success.</summary>
/// <param name="status">The status.</param>
/// <param name="retryAfter">How long it asked to be left alone.</param>
/// <param name="body">The start of the body, which may repeat anything that was sent.</param>
internal sealed class ProviderRefusalException(int status, TimeSpan? retryAfter, string body) : Exception($"The provider answered {status}.")
{
    public int Status => status;

    public TimeSpan? RetryAfter => retryAfter;

    public string Body => body;
}
