-- A definition as its author wrote it. jsonb keeps a definition's properties by their lengths, and forms made from it
-- showed them so. Executors read the jsonb alone; versions from before this script have nothing else.

alter table workflow_versions add column definition_text json;
-- A save that says the same in another order changes this, and nothing that runs.
grant update (definition_text) on workflow_versions to sos_api;
