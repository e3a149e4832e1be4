namespace Sos.Migrations.Schema;

/// <summary>
/// Passwords of the logins that services use in place of the schema's owner. A migration makes each login that has a
/// password here, and gives it that password; the others are left as they are. The program binds it to the configuration
/// section <c>Logins</c>.
/// </summary>
public sealed record LoginOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Logins";

    /// <summary>The password of <c>sos_api_login</c>, in the role <c>sos_api</c>.</summary>
    /// <value>16 to 200 visible ASCII characters; null for no such login.</value>
    public string? ApiPassword { get; init; }

    /// <summary>The password of <c>sos_executors_login</c>, in the role <c>sos_executor</c>.</summary>
    /// <value>16 to 200 visible ASCII characters; null for no such login.</value>
    public string? ExecutorsPassword { get; init; }

    /// <summary>The password of <c>sos_monitor_login</c>, in the role <c>sos_monitor</c>.</summary>
    /// <value>16 to 200 visible ASCII characters; null for no such login.</value>
    public string? MonitorPassword { get; init; }
}
