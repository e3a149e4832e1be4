using System.Text.Json;
using Npgsql;

namespace Sos.Workflows.Store;

/// <summary>What agents remember, as executors read it.</summary>
public sealed class Conversations(NpgsqlDataSource dataSource)
{
    /// <summary>The last messages of a conversation, oldest first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="agentId">The agent.</param>
    /// <param name="conversation">The conversation, by the user's own id.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<IReadOnlyList<JsonElement>> LastAsync(
        Guid workspaceId, string agentId, string conversation, int count, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("""
            select message from conversation_messages
            where workspace_id = $1 and agent_id = $2 and conversation = $3
            order by seq desc limit $4
            """);
        command.Parameters.AddWithValue(workspaceId);
        command.Parameters.AddWithValue(agentId);
        command.Parameters.AddWithValue(conversation);
        command.Parameters.AddWithValue(count);
        var messages = new List<JsonElement>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            messages.Add(Jsonb.Read(reader, 0)!.Value);
        messages.Reverse();
        return messages;
    }
}
