using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>Whether a workspace keeps prompts and answers in its log tables. A change counts after five seconds at the latest.</summary>
public sealed class ModelContentSetting(NpgsqlDataSource dataSource, TimeProvider time)
{
    private readonly RecentValues<Guid, bool> workspaces = new(time, TimeSpan.FromSeconds(5));

    /// <summary>Whether it does; a workspace that does not exist keeps nothing.</summary>
    public ValueTask<bool> KeepsAsync(Guid workspaceId, CancellationToken cancellationToken) =>
        workspaces.GetAsync(workspaceId, ReadAsync, cancellationToken);

    private async Task<bool> ReadAsync(Guid workspaceId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select keep_model_content from workspaces where id = $1");
        command.Parameters.AddWithValue(workspaceId);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }
}
