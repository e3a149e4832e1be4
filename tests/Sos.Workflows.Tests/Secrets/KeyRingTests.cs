using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Sos.Workflows.Secrets;

namespace Sos.Workflows.Tests.Secrets;

public sealed class KeyRingTests
{
    private static readonly SecretPlace Place = SecretPlace.ModelProvider(Guid.CreateVersion7(), Guid.CreateVersion7());
    private static readonly string Old = KeyRing.Generate("old");
    private static readonly string New = KeyRing.Generate("new");

    [Property]
    public bool What_is_sealed_opens_again(NonNull<string> text)
    {
        var secret = new string([.. text.Get.Where(c => !char.IsSurrogate(c))]);
        var ring = KeyRing.Parse([Old]);
        return ring.Open(ring.Seal(secret, Place), Place) == secret;
    }

    [Property]
    public Property Any_changed_bit_keeps_it_shut() => Prop.ForAll(
        Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(0, 10_000).ToArbitrary(), (length, bit) =>
        {
            var ring = KeyRing.Parse([Old]);
            var bytes = ring.Seal(new string('x', length), Place);
            bit %= bytes.Length * 8;
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            return Assert.Throws<SecretException>(() => ring.Open(bytes, Place)).Code is SecretException.DoesNotOpen or SecretException.UnknownKey;
        });

    [Property]
    public bool Any_cut_keeps_it_shut(NonNegativeInt length)
    {
        var ring = KeyRing.Parse([Old]);
        var bytes = ring.Seal("a secret", Place);
        return Assert.Throws<SecretException>(() => ring.Open(bytes.AsSpan(0, length.Get % bytes.Length), Place)).Code == SecretException.DoesNotOpen;
    }

    [Fact]
    public void It_opens_in_its_own_place_only()
    {
        var ring = KeyRing.Parse([Old]);
        var bytes = ring.Seal("a secret", Place);
        SecretPlace[] others = [Place with { Table = "credentials" }, Place with { WorkspaceId = Guid.CreateVersion7() }, Place with { RowId = Guid.CreateVersion7() }];
        foreach (var other in others)
        {
            var refusal = Assert.Throws<SecretException>(() => ring.Open(bytes, other));
            Assert.Equal(SecretException.DoesNotOpen, refusal.Code);
            Assert.Contains(other.RowId.ToString(), refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_same_secret_is_sealed_differently_every_time_and_does_not_show()
    {
        var ring = KeyRing.Parse([Old]);
        var one = ring.Seal("a secret that would be seen", Place);
        Assert.NotEqual(one, ring.Seal("a secret that would be seen", Place));
        Assert.DoesNotContain("secret", System.Text.Encoding.Latin1.GetString(one), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_key_seals_and_all_open()
    {
        var before = KeyRing.Parse([Old]).Seal("s", Place);
        var ring = KeyRing.Parse([New, Old]);
        Assert.Equal("s", ring.Open(before, Place));
        Assert.True(ring.NeedsRewrap(before));
        var after = ring.Seal("s", Place);
        Assert.False(ring.NeedsRewrap(after));
        Assert.Equal("s", KeyRing.Parse([New]).Open(after, Place));
        var refusal = Assert.Throws<SecretException>(() => KeyRing.Parse([New]).Open(before, Place));
        Assert.Equal(SecretException.UnknownKey, refusal.Code);
        Assert.Contains("'old'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_under_the_same_id_does_not_open()
    {
        var bytes = KeyRing.Parse([Old]).Seal("s", Place);
        Assert.Equal(SecretException.DoesNotOpen, Assert.Throws<SecretException>(() => KeyRing.Parse([KeyRing.Generate("old")]).Open(bytes, Place)).Code);
    }

    [Fact]
    public void Without_a_key_nothing_is_sealed_and_the_refusal_names_the_setting()
    {
        Assert.False(KeyRing.Parse([]).CanSeal);
        var refusal = Assert.Throws<SecretException>(() => KeyRing.Empty.Seal("s", Place));
        Assert.Equal(SecretException.NoKey, refusal.Code);
        Assert.Contains("Sos:Secrets:Keys", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-colon")]
    [InlineData(":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("Upper:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("short:c2hvcnQtZ2lyYWZmZQ==")]
    [InlineData("long:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("text:giraffe-is-no-base64!")]
    public void A_malformed_key_is_refused_by_its_position_without_being_shown(string entry)
    {
        var refusal = Assert.Throws<SecretException>(() => KeyRing.Parse([New, entry]));
        Assert.Equal(SecretException.InvalidKeys, refusal.Code);
        Assert.Contains("Sos:Secrets:Keys:1 ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("giraffe", refusal.ToString(), StringComparison.Ordinal);
        if (entry.Length > 20)
            Assert.DoesNotContain(entry[(entry.IndexOf(':', StringComparison.Ordinal) + 1)..], refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_there_twice_is_refused() =>
        Assert.Contains("'old'", Assert.Throws<SecretException>(() => KeyRing.Parse([Old, KeyRing.Generate("old")])).Message, StringComparison.Ordinal);

    [Fact]
    public void Nothing_of_a_key_is_shown()
    {
        var shown = KeyRing.Parse([Old]).ToString();
        Assert.DoesNotContain(Old.Split(':')[1], shown, StringComparison.Ordinal);
    }
}
