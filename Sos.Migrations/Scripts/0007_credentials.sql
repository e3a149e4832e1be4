-- Credentials that nodes send to other services: named per workspace, their secrets sealed.

create table credentials (
  id               uuid primary key,
  workspace_id     uuid not null references workspaces on delete cascade,
  name             text not null check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  type             text not null check (type in ('apiKey', 'bearer', 'basic', 'oauth2', 'postgres', 'custom')),
  settings         jsonb not null default '{}',
  allowed_hosts    text[] not null check (cardinality(allowed_hosts) > 0),  -- where it may be sent
  secret_names     text[] not null,
  secret           bytea not null,          -- a JSON object of secret texts, sealed; never leaves the executors
  expires_at       timestamptz,             -- when it is of no use any more, as far as its owner knows
  token            bytea,                   -- oauth2: the current access token, sealed
  token_expires_at timestamptz,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  last_used_at     timestamptz,             -- to a minute
  unique (workspace_id, name)
);

alter table credentials enable row level security;
create policy workspace_wall on credentials to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on credentials to sos_executor using (true);

-- The API writes secrets and can't read them back, not even sealed.
grant select (id, workspace_id, name, type, settings, allowed_hosts, secret_names, expires_at, created_at, updated_at, last_used_at) on credentials to sos_api;
grant insert, update, delete on credentials to sos_api;
grant select, update (secret, token, token_expires_at, last_used_at) on credentials to sos_executor;
