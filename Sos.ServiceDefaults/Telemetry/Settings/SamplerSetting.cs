using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace Sos.ServiceDefaults.Telemetry.Settings;

/// <summary>
/// Reads <c>OTEL_TRACES_SAMPLER</c> and <c>OTEL_TRACES_SAMPLER_ARG</c>
/// (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables). The default keeps every trace whose
/// caller did not decide otherwise.
/// </summary>
static class SamplerSetting
{
    public static Sampler Read(IConfiguration configuration, List<string> problems)
    {
        var name = configuration["OTEL_TRACES_SAMPLER"]?.Trim().ToLowerInvariant();
        switch (name)
        {
            case null or "" or "parentbased_always_on":
                return new ParentBasedSampler(new AlwaysOnSampler());
            case "always_on":
                return new AlwaysOnSampler();
            case "always_off":
                return new AlwaysOffSampler();
            case "traceidratio":
                return new TraceIdRatioBasedSampler(ReadRatio(configuration, problems));
            case "parentbased_always_off":
                return new ParentBasedSampler(new AlwaysOffSampler());
            case "parentbased_traceidratio":
                return new ParentBasedSampler(new TraceIdRatioBasedSampler(ReadRatio(configuration, problems)));
            default:
                problems.Add("OTEL_TRACES_SAMPLER must be always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio; parentbased_always_on is used.");
                return new ParentBasedSampler(new AlwaysOnSampler());
        }
    }

    static double ReadRatio(IConfiguration configuration, List<string> problems)
    {
        var text = configuration["OTEL_TRACES_SAMPLER_ARG"];
        if (string.IsNullOrWhiteSpace(text))
            return 1;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1)
            return ratio;
        problems.Add("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; 1 is used.");
        return 1;
    }
}
