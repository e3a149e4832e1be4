namespace Sos.ServiceDefaults.Database;

/// <summary>
/// Settings of <c>AddNpgsqlDataSource</c>, read from the section <c>Aspire:Npgsql</c> and then
/// <c>Aspire:Npgsql:{name}</c>; the members are some of Aspire.Npgsql's.
/// </summary>
public sealed class NpgsqlSettings
{
    /// <summary>The connection string; <c>ConnectionStrings:{name}</c> goes before this section's.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Leaves out the health check.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Records no spans of SQL commands.</summary>
    public bool DisableTracing { get; set; }
}
