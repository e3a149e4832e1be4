namespace Sos.Workflows.Secrets;

/// <summary>A secret can't be sealed or opened, or the keys are not usable. The message says why and what to do, and holds no secret.</summary>
/// <param name="code">A stable code.</param>
/// <param name="message">Why, and what to do.</param>
/// <param name="inner">What it came from.</param>
public sealed class SecretException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>No key is configured, so nothing can be sealed.</summary>
    public const string NoKey = "secrets_key_missing";

    /// <summary>The configured keys are malformed.</summary>
    public const string InvalidKeys = "secrets_keys_invalid";

    /// <summary>The key that sealed a secret is not configured.</summary>
    public const string UnknownKey = "secrets_key_unknown";

    /// <summary>A sealed secret was changed, belongs to another row, or was sealed with another key of the same id.</summary>
    public const string DoesNotOpen = "secret_does_not_open";

    /// <summary>A stable code: one of this class's constants.</summary>
    public string Code => code;
}
