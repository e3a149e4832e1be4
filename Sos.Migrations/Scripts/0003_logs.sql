-- The three log tables. Rows commit with the work they describe and carry its trace and span ids.
-- Partitioned by time; partitions are made ahead and dropped by retention.

create sequence event_logs_id_seq;
create table event_logs (
  id              bigint not null default nextval('event_logs_id_seq'), -- rises within an execution: the id of a live event
  user_id         uuid,
  organization_id uuid,
  workspace_id    uuid not null,
  execution_id    uuid,
  node_id         text,
  iteration       text,
  event_type      text not null,
  context         jsonb,
  status          text,
  latency_ms      double precision,
  trace_id        char(32),
  span_id         char(16),
  timestamp       timestamptz not null default now(),
  primary key (id, timestamp)
) partition by range (timestamp);
alter sequence event_logs_id_seq owned by event_logs.id;
create index event_logs_execution on event_logs (execution_id, id);
create index event_logs_trace on event_logs (trace_id);
create index event_logs_workspace on event_logs (workspace_id, timestamp desc);
create table event_logs_default partition of event_logs default;

create table agent_trace_history (
  id              uuid not null,
  agent_id        text not null,
  flow_id         uuid,                    -- the workflow
  execution_id    uuid,
  node_id         text,
  iteration       text,
  user_id         uuid,
  organization_id uuid,
  workspace_id    uuid not null,
  input_context   jsonb,
  execution_nodes jsonb,                   -- iterations and tool calls, in order
  output_summary  text,
  error           jsonb,
  trace_id        char(32),
  span_id         char(16),
  timestamp       timestamptz not null default now(),
  primary key (id, timestamp)
) partition by range (timestamp);
create index agent_trace_history_execution on agent_trace_history (execution_id);
create index agent_trace_history_trace on agent_trace_history (trace_id);
create index agent_trace_history_workspace on agent_trace_history (workspace_id, timestamp desc);
create table agent_trace_history_default partition of agent_trace_history default;

create table model_cost_logs (
  id                    uuid not null,
  user_id               uuid,
  agent_id              text,
  workflow_id           uuid,
  workflow_execution_id uuid,
  node_id               text,
  iteration             text,
  model_name            text not null,
  provider              text not null,
  input_tokens          bigint,
  output_tokens         bigint,
  cached_input_tokens   bigint,            -- part of input_tokens
  reasoning_tokens      bigint,            -- part of output_tokens
  tokens_total          bigint,
  cost_usd              numeric(20,10),    -- null where the price is unknown, never zero
  prompt                text,              -- only where the workspace keeps content
  response              text,
  trace_id              char(32),
  span_id               char(16),
  organization_id       uuid,
  workspace_id          uuid not null,
  latency_ms            double precision,
  timestamp             timestamptz not null default now(),
  primary key (id, timestamp)
) partition by range (timestamp);
create index model_cost_logs_execution on model_cost_logs (workflow_execution_id);
create index model_cost_logs_trace on model_cost_logs (trace_id);
create index model_cost_logs_workspace on model_cost_logs (workspace_id, timestamp desc);
create table model_cost_logs_default partition of model_cost_logs default;

alter table event_logs enable row level security;
alter table agent_trace_history enable row level security;
alter table model_cost_logs enable row level security;
create policy workspace_wall on event_logs to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on agent_trace_history to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on model_cost_logs to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on event_logs to sos_executor using (true);
create policy every_workspace on agent_trace_history to sos_executor using (true);
create policy every_workspace on model_cost_logs to sos_executor using (true);

grant select, insert on event_logs, agent_trace_history, model_cost_logs to sos_api, sos_executor;
grant usage on sequence event_logs_id_seq to sos_api, sos_executor;
