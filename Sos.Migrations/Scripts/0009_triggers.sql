-- What starts executions by itself: schedules, and webhooks that other services call.

alter table workflow_executions add column trigger jsonb; -- {type, id, scheduledAt?, missed?}; null where neither a schedule nor a webhook started it

create table schedules (
  id                uuid primary key,
  workspace_id      uuid not null references workspaces on delete cascade,
  user_id           uuid,                    -- who saved it; its executions run in their name
  name              text not null check (length(name) between 1 and 200),
  workflow_id       uuid not null references workflows on delete cascade,
  version           int check (version >= 1), -- null: the latest
  cron              text not null check (length(cron) between 1 and 500),
  time_zone         text not null check (length(time_zone) between 1 and 64),
  input             jsonb not null,
  misfire_policy    text not null check (misfire_policy in ('fireOnce', 'skip', 'fireAll')),
  overlap_policy    text not null check (overlap_policy in ('allow', 'skip')),
  starts_at         timestamptz,
  ends_at           timestamptz,
  enabled           boolean not null,
  disabled_reason   jsonb,                   -- {code, message} where it was disabled because it can't run
  next_run_at       timestamptz,             -- null: disabled, or there is no further time
  last_run_at       timestamptz,             -- the time that the last execution was for
  last_execution_id uuid,
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now(),
  check (enabled or next_run_at is null)
);
create index schedules_due on schedules (next_run_at) where next_run_at is not null;
create index schedules_list on schedules (workspace_id, id);

create table webhooks (
  id               uuid primary key,
  workspace_id     uuid not null references workspaces on delete cascade,
  user_id          uuid,                     -- who made it; its executions run in their name
  name             text not null check (length(name) between 1 and 200),
  workflow_id      uuid not null references workflows on delete cascade,
  version          int check (version >= 1), -- null: the latest
  token_prefix     text not null,
  token_hash       bytea not null unique check (length(token_hash) = 32), -- of 256 random bits, so a plain SHA-256 can't be searched
  methods          text[] not null check (cardinality(methods) > 0),
  verification     jsonb not null,           -- how a caller is recognized, without the secret
  secret           bytea,                    -- sealed
  answer           text not null check (answer in ('async', 'sync')),
  wait_seconds     int not null check (wait_seconds between 1 and 60),
  max_body_bytes   int not null check (max_body_bytes > 0),
  rate_per_minute  int not null check (rate_per_minute > 0),
  replay_window_seconds int not null default 2592000 check (replay_window_seconds between 1 and 2592000), -- how long a delivery is remembered
  enabled          boolean not null,
  last_received_at timestamptz,              -- to a minute
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now()
);
create index webhooks_list on webhooks (workspace_id, id);

-- What was received, so that a delivery that comes again, or that somebody recorded and sends again, runs nothing, unless
-- its execution failed or was cancelled.
create table webhook_deliveries (
  webhook_id   uuid not null references webhooks on delete cascade,
  delivery     bytea not null check (length(delivery) = 32), -- a hash of what makes the delivery the same one
  workspace_id uuid not null,
  execution_id uuid not null,
  expires_at   timestamptz not null,
  primary key (webhook_id, delivery)
);
create index webhook_deliveries_expiry on webhook_deliveries (expires_at);

-- Which webhook is called is not known before its token was looked up, so this runs with the owner's rights and gives
-- away nothing but the one webhook whose token the caller has. It is also the only way to a sealed signing secret, which
-- the API must open to check a caller. That keeps secrets from whoever can only read as sos_api, not from whoever can
-- write: sos_api makes and rotates webhooks, so it can give one a token that it knows and look that up. What it gets is
-- sealed, and of no use without the installation's keys, which are not in the database.
create function find_webhook(hash bytea)
  returns table (id uuid, workspace_id uuid, organization_id uuid, user_id uuid, workflow_id uuid, version int, methods text[],
                 verification jsonb, secret bytea, answer text, wait_seconds int, max_body_bytes int, rate_per_minute int,
                 replay_window_seconds int, enabled boolean)
  language sql stable security definer set search_path = public, pg_temp
  begin atomic
    select h.id, h.workspace_id, w.organization_id, h.user_id, h.workflow_id, h.version, h.methods,
           h.verification, h.secret, h.answer, h.wait_seconds, h.max_body_bytes, h.rate_per_minute, h.replay_window_seconds, h.enabled
    from webhooks h join workspaces w on w.id = h.workspace_id
    where h.token_hash = hash;
  end;
revoke all on function find_webhook(bytea) from public;
grant execute on function find_webhook(bytea) to sos_api;

alter table schedules enable row level security;
alter table webhooks enable row level security;
alter table webhook_deliveries enable row level security;
create policy workspace_wall on schedules to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on webhooks to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on webhook_deliveries to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on schedules to sos_executor using (true);

grant select, insert, update, delete on schedules to sos_api;
grant select (id, workspace_id, name, workflow_id, version, token_prefix, methods, verification, answer, wait_seconds, max_body_bytes,
              rate_per_minute, replay_window_seconds, enabled, last_received_at, created_at, updated_at) on webhooks to sos_api;
grant insert, update, delete on webhooks to sos_api;
grant select, insert, update on webhook_deliveries to sos_api;
grant select, update (enabled, disabled_reason, next_run_at, last_run_at, last_execution_id) on schedules to sos_executor;
