using System.Security.Claims;
using Sos.Workflows.Store;

namespace Sos.Api.Auth;

/// <summary>Who makes a request, and in which workspace.</summary>
internal class Caller : ClaimsPrincipal
{
    public Caller(KeyHolder holder)
        : base(new ClaimsIdentity(
            [new Claim(ClaimTypes.Role, holder.Role), new Claim(ClaimTypes.NameIdentifier, holder.UserId?.ToString() ?? holder.KeyId.ToString())],
            ApiKeyAuthentication.SchemeName)) =>
        (Holder, Partition) = (holder, holder.KeyId.ToString());

    /// <summary>Whose requests are counted together.</summary>
    public string Partition { get; }

    /// <summary>What the key stands for.</summary>
    public KeyHolder Holder { get; }
}

internal static class CallerExtensions
{
    /// <summary>The signed-in caller; endpoints that require a role always have one.</summary>
    public static KeyHolder Caller(this HttpContext context) =>
        context.User is Caller caller ? caller.Holder : throw new InvalidOperationException("The endpoint does not require a role.");
}
