using Sos.Api.Pages.Keys;
using Sos.Workflows.Store;

namespace Sos.Api.Tests.Pages.Keys;

public sealed class KeyExpiryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_key_is_what_its_times_say()
    {
        Assert.Equal("works", KeyExpiry.State(Key(), Now).Word);
        Assert.Equal("works", KeyExpiry.State(Key(expires: Now.AddDays(8)), Now).Word);
        Assert.Equal("expires soon", KeyExpiry.State(Key(expires: Now.AddDays(6)), Now).Word);
        Assert.Equal("expired", KeyExpiry.State(Key(expires: Now), Now).Word);
        Assert.Equal("revoked", KeyExpiry.State(Key(revoked: Now, expires: Now.AddDays(-1)), Now).Word);
    }

    [Fact]
    public void Every_choice_but_the_last_has_an_end() =>
        Assert.Equal([Now.AddDays(30), Now.AddDays(90), Now.AddDays(365), null], KeyExpiry.Choices.Select(c => KeyExpiry.Of(c.Value, Now)));

    private static ApiKey Key(DateTimeOffset? expires = null, DateTimeOffset? revoked = null) =>
        new() { Id = Guid.NewGuid(), Name = "k", Role = "viewer", Prefix = "sos_abcd", CreatedAt = Now, ExpiresAt = expires, RevokedAt = revoked };
}
