namespace Sos.Workflows.Store;

/// <summary>What agents remember, as people look after it.</summary>
public sealed class ConversationStore(WorkspaceDatabase database)
{
    /// <summary>Conversations, the one that grew last first.</summary>
    /// <param name="workspaceId">The workspace.</param>
    /// <param name="agentId">Only this agent's; null for all.</param>
    /// <param name="before">Only those whose <see cref="Conversation.LastSeq"/> is lower; null to begin with the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public Task<List<Conversation>> ListAsync(Guid workspaceId, string? agentId, long? before, int limit, CancellationToken cancellationToken)
    {
        var batch = database.In(workspaceId);
        batch.Add("""
            select agent_id, conversation, count(*), min(created_at), max(created_at), max(seq)
            from conversation_messages
            where workspace_id = $1 and ($2::text is null or agent_id = $2)
            group by agent_id, conversation
            having $3::bigint is null or max(seq) < $3
            order by max(seq) desc limit $4
            """)
            .With(workspaceId).With(agentId).With(before).With(limit);
        return batch.AllAsync(r => new Conversation(r.GetString(0), r.GetString(1), r.GetInt64(2), r.Time(3), r.Time(4)) { LastSeq = r.GetInt64(5) }, cancellationToken);
    }

    /// <summary>Makes an agent forget a conversation.</summary>
    /// <returns>Whether there was anything to forget.</returns>
    public async Task<bool> DeleteAsync(KeyHolder who, string agentId, string conversation, CancellationToken cancellationToken)
    {
        var batch = database.In(who.WorkspaceId);
        batch.Add($"""
            with gone as (
              delete from conversation_messages where workspace_id = $1 and agent_id = $2 and conversation = $3 returning 1
            ), changed as (
              select $1 as workspace_id, $2 as agent_id, $3 as conversation, count(*) as messages from gone having count(*) > 0
            ), logged as (
              {AuditEvent.Of("conversation_deleted", "jsonb_build_object('agentId', agent_id, 'conversation', conversation, 'messages', messages)", 4)}
            )
            select messages from changed
            """)
            .With(who.WorkspaceId).With(agentId).With(conversation).By(who);
        return (await batch.AllAsync(r => r.GetInt64(0), cancellationToken)).Count > 0;
    }
}

/// <summary>A conversation that an agent remembers.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Id">The conversation, by the user's own id.</param>
/// <param name="Messages">How many messages it has.</param>
/// <param name="StartedAt">When the first was written.</param>
/// <param name="LastAt">When the last was written.</param>
public sealed record Conversation(string AgentId, string Id, long Messages, DateTimeOffset StartedAt, DateTimeOffset LastAt)
{
    /// <summary>The number of the last message, by which lists go on.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long LastSeq { get; init; }
}
