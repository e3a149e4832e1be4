using System.Net;
using Sos.Executors.Outbound;
using Sos.Testing.Otlp;

namespace Sos.Executors.Tests.Outbound;

public sealed class OutboundResetTests
{
    [Fact]
    public async Task A_connection_that_is_reset_at_whatever_moment_is_a_failure_of_the_network()
    {
        using var port = new ResettingPort();
        var url = new Uri(port.Endpoint);
        using var http = new OutboundHttp(new OutboundGuard(new OutboundOptions { Allow = ["127.0.0.1"] }, Dns.GetHostAddressesAsync));

        await Parallel.ForAsync(0, 2_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, cancellationToken) =>
        {
            var e = await Record.ExceptionAsync(() => http.SendAsync(new OutboundRequest { Method = HttpMethod.Get, Url = url }, cancellationToken));
            Assert.IsType<HttpRequestException>(e);
            Assert.True(OutboundFailure.From(e, url) is { Code: "http_connection_failed", Retryable: true }, e.ToString());
        });
    }
}
