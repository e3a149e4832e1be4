-- Tenants, users and API keys, and the two roles that services act as.

-- Roles belong to the whole server, so another database may have made them already.
do $$
begin
  if not exists (select from pg_roles where rolname = 'sos_api') then
    create role sos_api nologin;
  end if;
exception when duplicate_object or unique_violation then null; -- made meanwhile by a concurrent migration
end $$;
do $$
begin
  if not exists (select from pg_roles where rolname = 'sos_executor') then
    create role sos_executor nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  execute format('grant sos_api, sos_executor to %I', current_user);
exception when unique_violation then null;
end $$;
grant usage on schema public to sos_api, sos_executor;

-- The workspace that the API's current transaction acts for; null outside of a request.
create function current_workspace_id() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('sos.workspace_id', true), '')::uuid;

create table organizations (
  id         uuid primary key,
  name       text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

create table workspaces (
  id              uuid primary key,
  organization_id uuid not null references organizations,
  name            text not null check (length(name) between 1 and 200),
  created_at      timestamptz not null default now(),
  unique (organization_id, name)
);

create table users (
  id           uuid primary key,
  email        text unique,
  display_name text not null check (length(display_name) between 1 and 200),
  created_at   timestamptz not null default now()
);

create table memberships (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id      uuid not null references users on delete cascade,
  role         text not null check (role in ('viewer', 'developer', 'admin')),
  created_at   timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index memberships_user on memberships (user_id);

-- A key is 256 random bits, so a plain SHA-256 of it can't be searched; only the hash is kept.
create table api_keys (
  id           uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  user_id      uuid references users on delete cascade,
  name         text not null check (length(name) between 1 and 200),
  role         text not null check (role in ('viewer', 'developer', 'admin')),
  prefix       text not null,
  key_hash     bytea not null unique check (length(key_hash) = 32),
  created_at   timestamptz not null default now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz
);
create index api_keys_workspace on api_keys (workspace_id, id);

-- Who presents a key is not known before it was looked up, so this runs with the owner's rights
-- and gives away nothing but the one key whose hash the caller has.
create function find_api_key(hash bytea)
  returns table (id uuid, workspace_id uuid, organization_id uuid, user_id uuid, role text, name text)
  language sql stable security definer set search_path = public, pg_temp
  begin atomic
    select k.id, k.workspace_id, w.organization_id, k.user_id, k.role, k.name
    from api_keys k join workspaces w on w.id = k.workspace_id
    where k.key_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
  end;
revoke all on function find_api_key(bytea) from public;
grant execute on function find_api_key(bytea) to sos_api;

-- Marks keys as used; called at most once a minute per key.
create function touch_api_keys(ids uuid[]) returns void
  language sql security definer set search_path = public, pg_temp
  begin atomic
    update api_keys set last_used_at = now() where id = any (ids);
  end;
revoke all on function touch_api_keys(uuid[]) from public;
grant execute on function touch_api_keys(uuid[]) to sos_api;

-- The answer to a POST that carried an Idempotency-Key, replayed when the same request comes again.
-- (Executions keep their key on their own row, in the transaction that creates them.)
create table idempotency_keys (
  workspace_id uuid not null references workspaces on delete cascade,
  key          text not null check (length(key) between 1 and 255),
  request_hash bytea not null,
  status       int,
  body         text,
  location     text,
  created_at   timestamptz not null default now(),
  primary key (workspace_id, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);

alter table workspaces enable row level security;
alter table users enable row level security;
alter table memberships enable row level security;
alter table api_keys enable row level security;
alter table idempotency_keys enable row level security;
create policy workspace_wall on workspaces to sos_api using (id = current_workspace_id());
-- The people of the workspace, whom approvals name by id or e-mail address.
create policy workspace_wall on users for select to sos_api using (
  exists (select from memberships m where m.user_id = users.id and m.workspace_id = current_workspace_id()));
create policy workspace_wall on memberships to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on api_keys to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on idempotency_keys to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on workspaces for select to sos_executor using (true);

grant select on workspaces, users, memberships to sos_api;
grant select, insert on api_keys to sos_api;
grant update (revoked_at) on api_keys to sos_api;
grant select, insert, update, delete on idempotency_keys to sos_api;
grant select on workspaces to sos_executor;
