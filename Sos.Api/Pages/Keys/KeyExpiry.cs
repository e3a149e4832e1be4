namespace Sos.Api.Pages.Keys;

/// <summary>For how long a new key works.</summary>
internal static class KeyExpiry
{
    public static readonly IReadOnlyList<(string Value, string Text)> Choices =
        [("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("", "until it is revoked")];

    /// <summary>When it ends; null for never.</summary>
    public static DateTimeOffset? Of(string choice, DateTimeOffset now) => choice switch
    {
        "30" => now.AddDays(30),
        "90" => now.AddDays(90),
        "365" => now.AddDays(365),
        _ => null,
    };

    /// <summary>How a key is, in a word and the class that colours it.</summary>
    public static (string Word, string Css) State(Sos.Workflows.Store.ApiKey key, DateTimeOffset now) =>
        key.RevokedAt is not null ? ("revoked", "status-cancelled")
        : key.ExpiresAt is { } end && end <= now ? ("expired", "status-cancelled")
        : key.ExpiresAt is { } soon && soon - now < TimeSpan.FromDays(7) ? ("expires soon", "status-waiting")
        : ("works", "status-completed");
}
