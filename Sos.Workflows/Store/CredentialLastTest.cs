using System.Text.Json.Serialization;
using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>What the last test of a credential came to. Other secrets, or another sign-in, end what it says.</summary>
public sealed record CredentialLastTest
{
    /// <summary>When it was.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether the credential worked, as far as could be seen.</summary>
    public required bool Ok { get; init; }

    /// <summary>Why it did not: an error code of nodes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Code { get; init; }

    /// <summary>What was seen, in a sentence.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    // Columns 14 on of CredentialStore's.
    internal static CredentialLastTest? Of(NpgsqlDataReader reader) => reader.TimeOrNull(14) is { } at
        ? new CredentialLastTest { At = at, Ok = reader.GetBoolean(15), Code = reader.TextOrNull(16), Message = reader.TextOrNull(17) }
        : null;
}

/// <summary>A credential as it is when its test begins.</summary>
/// <param name="Id">The credential.</param>
/// <param name="UpdatedAt">When somebody last changed it.</param>
/// <param name="SignedInAt">When somebody last signed in; null for never.</param>
public sealed record CredentialUnderTest(Guid Id, DateTimeOffset UpdatedAt, DateTimeOffset? SignedInAt);
