-- People who sign in with a browser (OAuth 2.0's authorization code), so that a credential can act for them.

alter table credentials
  add column signed_in_at    timestamptz,  -- when somebody last did; the refresh token is among the sealed secrets
  add column granted_scope   text,         -- what for, as the authorization server said
  add column sign_in_lost_at timestamptz;  -- since when the refresh token is refused; somebody must sign in again

alter table credentials add unique (id, workspace_id);

create table credential_sign_ins (
  id              uuid primary key,
  workspace_id    uuid not null references workspaces on delete cascade,
  credential_id   uuid not null,
  credential_updated_at timestamptz not null,  -- the state of the credential that the browser was sent away with
  organization_id uuid not null,
  user_id         uuid,                    -- who began it
  api_key_id      uuid not null,
  state_hash      bytea not null unique,   -- SHA-256 of the random text that the browser takes there and back
  redirect_uri    text not null,           -- where it comes back to: the same to the end
  verifier        bytea,                   -- PKCE's, sealed; taken away when it was used
  code            bytea,                   -- what the browser came back with, sealed; taken away when it was used
  created_at      timestamptz not null default now(),
  expires_at      timestamptz not null,
  returned_at     timestamptz,             -- when the browser came back; it does so once
  foreign key (credential_id, workspace_id) references credentials (id, workspace_id) on delete cascade
);

create index on credential_sign_ins (credential_id);
create index on credential_sign_ins (expires_at);

alter table credential_sign_ins enable row level security;
create policy workspace_wall on credential_sign_ins to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on credential_sign_ins to sos_executor using (true);

-- The API writes verifier and code and can't read them back, not even sealed.
grant select (id, workspace_id, credential_id, organization_id, user_id, api_key_id, credential_updated_at, state_hash, redirect_uri, created_at, expires_at, returned_at) on credential_sign_ins to sos_api;
grant insert, delete, update (code, returned_at) on credential_sign_ins to sos_api;
grant select, update (code, verifier) on credential_sign_ins to sos_executor;

grant select (token_expires_at, signed_in_at, granted_scope, sign_in_lost_at) on credentials to sos_api;
grant update (signed_in_at, granted_scope, sign_in_lost_at) on credentials to sos_executor;
