-- Workflows, their versions, and the executions of them.

create table workflows (
  id             uuid primary key,
  workspace_id   uuid not null references workspaces on delete cascade,
  name           text not null check (length(name) between 1 and 200),
  description    text,
  latest_version int not null check (latest_version >= 1),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  deleted_at     timestamptz
);
create unique index workflows_name on workflows (workspace_id, lower(name)) where deleted_at is null;
create index workflows_list on workflows (workspace_id, id) where deleted_at is null;

-- A version never changes: executors cache it by its id.
create table workflow_versions (
  id           uuid primary key,
  workspace_id uuid not null,
  workflow_id  uuid not null references workflows on delete cascade,
  version      int not null check (version >= 1),
  definition   jsonb not null,
  created_at   timestamptz not null default now(),
  created_by   uuid,
  unique (workflow_id, version)
);

-- An executor is alive until lease_until. It holds the lease of every execution whose lease_owner it is,
-- so that one row is written to renew all of them. Recovery deletes the row of a dead executor first.
create table executors (
  id          uuid primary key,
  name        text not null,
  version     text not null,
  slots       int not null,
  started_at  timestamptz not null default now(),
  lease_until timestamptz not null
);

-- No foreign keys here: the checks would cost a query per row on the busiest table, and what it refers to
-- (versions, workspaces) is never deleted while executions of it exist.
create table workflow_executions (
  id                  uuid primary key,           -- UUIDv7: its time is the execution's creation
  workspace_id        uuid not null,
  organization_id     uuid not null,
  user_id             uuid,
  workflow_id         uuid not null,
  version_id          uuid not null,
  version             int not null,
  workflow_name       text not null,
  status              text not null default 'pending'
                      check (status in ('pending', 'running', 'waiting', 'paused', 'completed', 'failed', 'cancelled')),
  priority            smallint not null default 0,
  due_at              timestamptz not null default now(), -- since when (or from when) a pending one may be claimed
  wake_at             timestamptz,                        -- when a waiting one becomes pending by itself
  input               jsonb not null,
  output              jsonb,
  error               jsonb,                              -- {code, message, nodeId?, details?}
  step_mode           boolean not null default false,
  breakpoints         text[] not null default '{}',
  paused_before       text[] not null default '{}',       -- the nodes that a paused execution would start next
  traceparent         text not null,                      -- of the request that submitted it
  trace_id            char(32) not null,
  run_span_id         char(16),                           -- of the latest workflow.execute span, which the next links to
  idempotency_key     text,
  request_hash        bytea,
  parent_execution_id uuid,
  parent_node_id      text,
  parent_iteration    text,
  depth               smallint not null default 0,        -- of nested workflow nodes
  source_execution_id uuid,                               -- the execution that this one retries or re-runs
  source_kind         text check (source_kind in ('retry', 'rerun')),
  lease_owner         uuid,
  lease_epoch         int not null default 0,             -- counts claims
  checkpoint_seq      int not null default 0,             -- counts checkpoints: one sent twice is applied once
  lost_leases         smallint not null default 0,        -- executors lost in a row without a checkpoint between
  signal_seq          int not null default 0,             -- counts signals sent to it
  signal_seen         int not null default 0,             -- … and handled by it
  created_at          timestamptz not null default now(),
  started_at          timestamptz,
  finished_at         timestamptz
) with (fillfactor = 80);

create index executions_ready  on workflow_executions (workspace_id, priority desc, due_at, id) where status = 'pending';
create index executions_wake   on workflow_executions (wake_at) where status = 'waiting' and wake_at is not null;
create index executions_leased on workflow_executions (lease_owner) where status = 'running';
create index executions_list   on workflow_executions (workspace_id, id);
create index executions_of_workflow on workflow_executions (workflow_id, id);
create index executions_trace  on workflow_executions (trace_id);
create index executions_parent on workflow_executions (parent_execution_id) where parent_execution_id is not null;
create index executions_source on workflow_executions (source_execution_id) where source_execution_id is not null;
create unique index executions_idempotency on workflow_executions (workspace_id, idempotency_key) where idempotency_key is not null;

-- What people, parents and children tell an execution: the owner of its lease reads the rows above signal_seen.
create table execution_signals (
  execution_id uuid not null,
  seq          int not null,
  workspace_id uuid not null,
  kind         text not null check (kind in ('cancel', 'pause', 'resume', 'step', 'approval', 'child')),
  node_id      text,
  iteration    text,
  payload      jsonb,
  user_id      uuid,
  created_at   timestamptz not null default now(),
  primary key (execution_id, seq)
);

-- Steps. Partitioned by the execution's id, whose leading bits are its creation time: all steps of an
-- execution are in one partition, and finding them touches only that one.
create table execution_steps (
  execution_id uuid not null,
  node_id      text not null,
  iteration    text not null default '',  -- '' at the top; '3' in a foreach's fourth item; '3.0' in a nested one
  workspace_id uuid not null,
  type         text not null,
  status       text not null check (status in ('running', 'waiting', 'completed', 'failed', 'cancelled', 'skipped')),
  attempt      int not null default 0,    -- attempts started so far
  attempts     jsonb,                     -- [{attempt, startedAt, latencyMs, error?}], where there was more than one
  branch       text,                      -- the label that its outgoing edges' "when" is compared with
  input        jsonb,
  output       jsonb,
  error        jsonb,                     -- {code, message, details?}
  state        jsonb,                     -- what a waiting or iterating node needs to go on
  wake_at      timestamptz,
  trace_id     char(32),
  span_id      char(16),
  started_at   timestamptz,
  finished_at  timestamptz,
  latency_ms   double precision,
  primary key (execution_id, node_id, iteration)
) partition by range (execution_id);
create table execution_steps_default partition of execution_steps default;

alter table workflows enable row level security;
alter table workflow_versions enable row level security;
alter table workflow_executions enable row level security;
alter table execution_signals enable row level security;
alter table execution_steps enable row level security;
create policy workspace_wall on workflows to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on workflow_versions to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on workflow_executions to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on execution_signals to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on execution_steps to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on workflows to sos_executor using (true);
create policy every_workspace on workflow_versions to sos_executor using (true);
create policy every_workspace on workflow_executions to sos_executor using (true);
create policy every_workspace on execution_signals to sos_executor using (true);
create policy every_workspace on execution_steps to sos_executor using (true);

grant select, insert, update on workflows to sos_api;
grant select, insert on workflow_versions to sos_api;
grant select, insert, update on workflow_executions to sos_api;
grant select, insert on execution_signals to sos_api;
grant select, insert on execution_steps to sos_api;
grant select on executors to sos_api;
grant select on workflows, workflow_versions to sos_executor;
grant select, insert, update on workflow_executions to sos_executor;
grant select, insert, delete on execution_signals to sos_executor;
grant select, insert, update on execution_steps to sos_executor;
grant select, insert, update, delete on executors to sos_executor;
