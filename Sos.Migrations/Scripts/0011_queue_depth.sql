-- What an autoscaler may ask, and the role it asks as; and what services need to see that their schema is there.

do $$
begin
  if not exists (select from pg_roles where rolname = 'sos_monitor') then
    create role sos_monitor nologin;
  end if;
exception when duplicate_object or unique_violation then null; -- made meanwhile by a concurrent migration
end $$;
grant usage on schema public to sos_monitor;

-- Executions that are due and unclaimed: the metric sos.queue.depth. Beyond 100,000 it makes no difference to anybody.
create function queue_depth() returns bigint
  language sql stable security definer set search_path = public, pg_temp
  begin atomic
    select count(*) from (
      select from workflow_executions where status = 'pending' and due_at <= now() limit 100000) due;
  end;

-- How many slots are wanted: by what runs, by what is due, and by what a wait or a schedule makes due within the next
-- minute, which is longer than an executor takes to start. While it is zero, nothing needs an executor.
create function executor_load() returns bigint
  language sql stable security definer set search_path = public, pg_temp
  begin atomic
    select queue_depth()
      + (select count(*) from (select from workflow_executions where status = 'running' limit 100000) running)
      + (select count(*) from (
          select from workflow_executions where status = 'pending' and due_at > now() and due_at <= now() + interval '1 minute' limit 100000) soon)
      + (select count(*) from (
          select from workflow_executions where status = 'waiting' and wake_at <= now() + interval '1 minute' limit 100000) waking)
      + (select count(*) from (select from schedules where next_run_at <= now() + interval '1 minute' limit 100000) scheduled);
  end;

revoke all on function queue_depth(), executor_load() from public;
grant execute on function queue_depth(), executor_load() to sos_monitor;
grant execute on function queue_depth() to sos_executor;

-- Services look whether the schema is the one they work with before they do anything.
grant select on schema_migrations to sos_api, sos_executor;
