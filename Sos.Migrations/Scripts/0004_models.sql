-- Model providers, prices, budgets, what was spent, and conversations that agents remember.

-- Whether prompts and answers are kept in the log tables.
alter table workspaces add column keep_model_content boolean not null default false;
grant update (keep_model_content) on workspaces to sos_api;

-- A workspace's own connections to model providers; those of the installation stand in its configuration.
create table model_providers (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name         text not null check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  kind         text not null,
  base_url     text,
  settings     jsonb not null default '{}',
  secret       bytea,                     -- the API key, sealed; never leaves the services
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique (workspace_id, name)
);

-- What a million tokens cost. Rows without a workspace are public list prices; a workspace's own go first.
create table model_prices (
  id                       uuid primary key,
  workspace_id             uuid references workspaces on delete cascade,
  provider                 text not null,
  model                    text not null,  -- a model's name; * stands for any characters
  input_per_million        numeric(20,10) not null check (input_per_million >= 0),
  output_per_million       numeric(20,10) not null check (output_per_million >= 0),
  cached_input_per_million numeric(20,10) check (cached_input_per_million >= 0),  -- null: as input
  cache_write_per_million  numeric(20,10) check (cache_write_per_million >= 0),   -- null: as input
  reasoning_per_million    numeric(20,10) check (reasoning_per_million >= 0),     -- null: as output
  valid_from               timestamptz not null,
  source                   text,
  created_at               timestamptz not null default now(),
  unique nulls not distinct (workspace_id, provider, model, valid_from)
);

-- The most that model calls may cost.
create table budgets (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  workflow_id  uuid references workflows on delete cascade,  -- null: the whole workspace
  period       text not null check (period in ('run', 'day', 'month')),
  limit_usd    numeric(20,10) not null check (limit_usd > 0),
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  unique nulls not distinct (workspace_id, workflow_id, period)
);

-- What model calls have cost, by UTC day: what budgets are held against. Grows in the transaction that logs the calls.
create table model_spend (
  workspace_id uuid not null references workspaces on delete cascade,
  workflow_id  uuid not null,
  day          date not null,
  cost_usd     numeric(20,10) not null,
  calls        bigint not null,
  primary key (workspace_id, day, workflow_id)
);

alter table workflow_executions add column cost_usd numeric(20,10) not null default 0;  -- what its own model calls have cost

alter table model_cost_logs
  add column operation          text not null default 'chat',  -- chat or embeddings
  add column cache_write_tokens bigint,                        -- part of input_tokens
  add column finish_reason      text,
  add column price_id           uuid;                          -- the row of model_prices that was applied

-- What agents remember, message by message.
create table conversation_messages (
  workspace_id uuid not null references workspaces on delete cascade,
  agent_id     text not null,
  conversation text not null check (length(conversation) between 1 and 200),
  seq          bigint generated always as identity,
  execution_id uuid not null,
  node_id      text not null,
  iteration    text not null,
  position     int not null,
  message      jsonb not null,
  created_at   timestamptz not null default now(),
  primary key (workspace_id, agent_id, conversation, seq),
  unique (execution_id, node_id, iteration, position)
);

alter table model_providers enable row level security;
alter table model_prices enable row level security;
alter table budgets enable row level security;
alter table model_spend enable row level security;
alter table conversation_messages enable row level security;
create policy workspace_wall on model_providers to sos_api using (workspace_id = current_workspace_id());
create policy public_prices on model_prices for select to sos_api using (workspace_id is null);
create policy workspace_wall on model_prices to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on budgets to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on model_spend to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on conversation_messages to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on model_providers to sos_executor using (true);
create policy every_workspace on model_prices to sos_executor using (true);
create policy every_workspace on budgets to sos_executor using (true);
create policy every_workspace on model_spend to sos_executor using (true);
create policy every_workspace on conversation_messages to sos_executor using (true);

grant select, insert, update, delete on model_providers, model_prices, budgets to sos_api;
grant select on model_spend to sos_api;
grant select, delete on conversation_messages to sos_api;
grant select on model_providers, model_prices, budgets to sos_executor;
grant select, insert, update on model_spend to sos_executor;
grant select, insert on conversation_messages to sos_executor;
