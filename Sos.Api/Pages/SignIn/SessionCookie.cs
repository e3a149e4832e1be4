using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Sos.Api.Pages.SignIn;

/// <summary>Reads and writes the cookie of the user interface.</summary>
internal sealed class SessionCookie(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Name = "sos_session";
    private const int MaxLength = 4_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private readonly IDataProtector protector = protection.CreateProtector("session");

    /// <summary>The ticket of a request; null where there is none, or none that holds.</summary>
    public SessionTicket? Read(HttpContext context)
    {
        if (context.Request.Cookies[Name] is not { Length: > 0 and <= MaxLength } text)
            return null;
        try
        {
            var ticket = JsonSerializer.Deserialize(protector.Unprotect(Base64Url.DecodeFromChars(text)), SessionJson.Default.SessionTicket);
            return ticket is not null && ticket.ExpiresAt > time.GetUtcNow() && ticket.Active >= 0 && ticket.Active < ticket.Keys.Count ? ticket : null;
        }
        catch (Exception e) when (e is FormatException or CryptographicException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Signs in with a key, beside those of other workspaces.</summary>
    public void Add(HttpContext context, byte[] key) => Write(context, SessionTicket.With(Read(context), key, time.GetUtcNow() + Lifetime));

    /// <summary>Goes on with another of the keys.</summary>
    public void Switch(HttpContext context, SessionTicket ticket, int active) => Write(context, ticket with { Active = active });

    /// <summary>Signs out of everything.</summary>
    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, null));

    private void Write(HttpContext context, SessionTicket ticket) =>
        context.Response.Cookies.Append(Name, Base64Url.EncodeToString(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(ticket, SessionJson.Default.SessionTicket))), Options(context, ticket.ExpiresAt));

    // Lax, so that a link from a trace or a message opens the page; nothing is changed by such a request.
    private static CookieOptions Options(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true, Secure = context.Request.IsHttps, SameSite = SameSiteMode.Lax, Path = "/", Expires = expires, IsEssential = true,
    };
}
