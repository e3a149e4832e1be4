-- What the last test of a credential came to, so that people see it without testing anew.

alter table credentials
  add column last_test_at      timestamptz,  -- null: not since it was made, or got other secrets, or somebody signed in
  add column last_test_ok      boolean,
  add column last_test_code    text check (char_length(last_test_code) <= 200),       -- why it does not work
  add column last_test_message text check (char_length(last_test_message) <= 2000),  -- what was seen; without any secret
  add check ((last_test_at is null) = (last_test_ok is null));

grant select (last_test_at, last_test_ok, last_test_code, last_test_message) on credentials to sos_api;
grant update (last_test_at, last_test_ok, last_test_code, last_test_message) on credentials to sos_executor;
