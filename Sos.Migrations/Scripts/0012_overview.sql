-- What the pages look for: failures, what waits for people, and what triggers started.

create index executions_failed on workflow_executions (workspace_id, id) where status = 'failed';
create index executions_held on workflow_executions (workspace_id, id) where status in ('waiting', 'paused');
create index executions_triggered on workflow_executions (((trigger ->> 'id')), id) where trigger is not null;
create index event_logs_decisions on event_logs (workspace_id, timestamp desc) where event_type = 'approval_decided';

-- How many executions each executor owns. Executors serve every workspace, whose rows the API does not see from
-- within one; it learns their number and nothing else of them.
create function executor_leases() returns table (executor_id uuid, executions bigint)
  language sql stable security definer set search_path = public, pg_temp
  begin atomic
    select e.lease_owner, count(*) from workflow_executions e
    where e.status = 'running' and e.lease_owner is not null group by e.lease_owner;
  end;
revoke all on function executor_leases() from public;
grant execute on function executor_leases() to sos_api;
