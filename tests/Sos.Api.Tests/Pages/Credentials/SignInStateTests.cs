using System.Security.Cryptography;
using Sos.Api.Credentials;

namespace Sos.Api.Tests.Pages.Credentials;

public sealed class SignInStateTests
{
    private static readonly byte[] Browser = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void What_a_browser_began_is_its_own()
    {
        var workspace = Guid.CreateVersion7();
        var state = SignInState.Parse(SignInState.New(workspace, Browser).ToString());

        Assert.NotNull(state);
        Assert.Equal(workspace, state.WorkspaceId);
        Assert.True(state.IsOf(Browser));
        Assert.False(state.IsOf(null));
        Assert.False(state.IsOf(RandomNumberGenerator.GetBytes(32)));
    }

    [Fact]
    public void What_a_program_began_may_come_back_in_any_browser()
    {
        var state = SignInState.Parse(SignInState.New(Guid.CreateVersion7(), null).ToString());

        Assert.NotNull(state);
        Assert.True(state.IsOf(null));
        Assert.True(state.IsOf(Browser));
    }

    [Fact]
    public void A_proof_holds_for_its_own_state_alone()
    {
        var (one, other) = (SignInState.New(Guid.CreateVersion7(), Browser), SignInState.New(Guid.CreateVersion7(), Browser));
        Assert.False((one with { Proof = other.Proof }).IsOf(Browser));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("..")]
    [InlineData("a.b.c.d")]
    public void Other_texts_are_no_states(string? text) => Assert.Null(SignInState.Parse(text));

    [Fact]
    public void A_state_with_more_or_less_is_none()
    {
        var text = SignInState.New(Guid.CreateVersion7(), Browser).ToString();
        Assert.Null(SignInState.Parse(text + "A"));
        Assert.Null(SignInState.Parse(text[..^1]));
        Assert.Null(SignInState.Parse(text + "."));
    }
}
