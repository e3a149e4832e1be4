-- Connectors that a workspace has added to those that SOS comes with, and their actions one by one: a service's
-- description may have a thousand, and an execution needs one of them.

create table connectors (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name         text not null check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),  -- the connector's id in workflows
  source       text not null check (source in ('manifest', 'openapi')),              -- what it was made from
  title        text not null,
  description  text not null default '',
  head         jsonb not null,              -- the manifest without its actions
  action_count int not null check (action_count >= 0),
  revision     int not null default 1,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, name),
  unique (id, workspace_id)
);

create table connector_actions (
  connector_id uuid not null,
  workspace_id uuid not null,
  name         text not null check (length(name) between 1 and 128),
  position     int not null,                -- in the order of the document
  title        text not null,
  description  text not null default '',
  definition   jsonb not null,
  primary key (connector_id, name),
  foreign key (connector_id, workspace_id) references connectors (id, workspace_id) on delete cascade
);

create index connector_actions_in_order on connector_actions (connector_id, position);

alter table connectors enable row level security;
create policy workspace_wall on connectors to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on connectors to sos_executor using (true);

alter table connector_actions enable row level security;
create policy workspace_wall on connector_actions to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on connector_actions to sos_executor using (true);

grant select, insert, update, delete on connectors, connector_actions to sos_api;
grant select on connectors, connector_actions to sos_executor;
