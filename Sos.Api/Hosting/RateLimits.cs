using System.Threading.RateLimiting;
using Sos.Api.Auth;
using Sos.Api.Problems;

namespace Sos.Api.Hosting;

/// <summary>One bucket per key; requests without a valid key share one per address.</summary>
internal static class RateLimits
{
    private const int RefillsPerSecond = 10;

    public static void AddRateLimits(this IServiceCollection services, RateLimit limit) => services.AddRateLimiter(options =>
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            RateLimitPartition.GetTokenBucketLimiter(
                context.User is Caller caller ? caller.Partition : context.Connection.RemoteIpAddress?.ToString() ?? "",
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = limit.Burst,
                    TokensPerPeriod = Math.Max(1, limit.PerSecond / RefillsPerSecond),
                    ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, limit.PerSecond / RefillsPerSecond) / (double)limit.PerSecond),
                    QueueLimit = 0,
                }));
        options.OnRejected = async (rejected, cancellationToken) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
            await ProblemWriter.WriteAsync(rejected.HttpContext, new ProblemException(
                StatusCodes.Status429TooManyRequests, "too_many_requests",
                $"This key may ask {limit.PerSecond:N0} times a second. Slow down, and try again after 'Retry-After' seconds.")
            {
                RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)),
            });
        };
    });
}
