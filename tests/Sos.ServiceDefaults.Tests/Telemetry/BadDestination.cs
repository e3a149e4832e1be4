using Sos.Testing.Otlp;

namespace Sos.ServiceDefaults.Tests.Telemetry;

/// <summary>What is wrong with a destination.</summary>
public enum Fault
{
    /// <summary>It refuses connections.</summary>
    Refused,

    /// <summary>It accepts connections and never says a word.</summary>
    Silent,

    /// <summary>It takes requests and does not answer them.</summary>
    Held,

    /// <summary>503, <c>UNAVAILABLE</c>.</summary>
    Unavailable,

    /// <summary>429 with <c>Retry-After</c>, <c>RESOURCE_EXHAUSTED</c> with <c>RetryInfo</c>.</summary>
    Exhausted,

    /// <summary>429 or <c>RESOURCE_EXHAUSTED</c> without a word on when to come again.</summary>
    ExhaustedForGood,

    /// <summary>400, <c>INVALID_ARGUMENT</c>.</summary>
    Rejected,

    /// <summary>Its answers break off.</summary>
    Broken,

    /// <summary>Its name can't be resolved.</summary>
    Nameless,

    /// <summary>It speaks no TLS and is asked to.</summary>
    NoTls,
}

/// <summary>A destination with a fault that ends when the test says so, where it can.</summary>
sealed class BadDestination(string endpoint, OtlpReceiver? receiver = null, IDisposable? fault = null) : IAsyncDisposable
{
    public string Endpoint => endpoint;

    /// <summary>The backend behind it.</summary>
    public OtlpReceiver Receiver => receiver ?? throw new InvalidOperationException("Nothing is behind this destination.");

    /// <summary>Whether the fault can end.</summary>
    public static bool CanRecover(Fault fault) => fault is not (Fault.Refused or Fault.Silent or Fault.Nameless or Fault.NoTls);

    public static async Task<BadDestination> StartAsync(Fault fault, string protocol)
    {
        switch (fault)
        {
            case Fault.Refused:
                var refused = new RefusedPort();
                return new BadDestination(refused.Endpoint, fault: refused);
            case Fault.Silent:
                var silent = new SilentPort();
                return new BadDestination(silent.Endpoint, fault: silent);
            case Fault.Nameless:
                return new BadDestination("http://telemetry.invalid:4317");
        }

        var receiver = await OtlpReceiver.StartAsync();
        receiver.RetryAfter = fault == Fault.Exhausted ? TimeSpan.FromSeconds(2) : null;
        receiver.Answer = fault switch
        {
            Fault.Unavailable => OtlpAnswer.Unavailable,
            Fault.Exhausted or Fault.ExhaustedForGood => OtlpAnswer.Exhausted,
            Fault.Rejected => OtlpAnswer.Reject,
            Fault.Broken => OtlpAnswer.Break,
            _ => OtlpAnswer.Accept,
        };
        var address = protocol == "grpc" ? receiver.GrpcEndpoint : receiver.HttpEndpoint;
        return new BadDestination(
            fault == Fault.NoTls ? address.Replace("http:", "https:", StringComparison.Ordinal) : address,
            receiver,
            fault == Fault.Held ? receiver.Hold() : null);
    }

    /// <summary>Ends the fault.</summary>
    public void Recover()
    {
        Receiver.Answer = OtlpAnswer.Accept;
        fault?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        fault?.Dispose();
        if (receiver is not null)
            await receiver.DisposeAsync();
    }
}
