-- Document indexes: what people upload, cut into chunks that are found by their words and by their meaning.

-- How an index embeds and cuts is fixed when it is made: what was embedded otherwise can't be compared.
create table rag_indexes (
  id                 uuid primary key,
  workspace_id       uuid not null references workspaces on delete cascade,
  name               text not null check (name ~ '^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$'),
  description        text,
  embedding_provider text,                  -- a connection; null: the model's name says which
  embedding_model    text not null,
  dimensions         int not null check (dimensions between 1 and 16000),
  language           text not null,         -- PostgreSQL's text search configuration
  chunk_tokens       int not null,
  chunk_overlap      int not null,
  vector_store       text not null default 'exact' check (vector_store in ('pgvector', 'exact')),
  revision           bigint not null default 0, -- rises, in the order of commits, with every change of chunks
  created_at         timestamptz not null default now(),
  updated_at         timestamptz not null default now(),
  unique (workspace_id, name)
);

-- A document's chunks stay findable until those of its next content replace them.
create table rag_documents (
  id           uuid primary key,
  workspace_id uuid not null,
  index_id     uuid not null references rag_indexes on delete cascade,
  source       text not null check (length(source) between 1 and 500), -- the user's own id, such as a path or a URL
  title        text,
  content_type text not null,
  content_hash bytea,                       -- of what the chunks were made of; null while there are none
  metadata     jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  status       text not null default 'pending' check (status in ('pending', 'ready', 'failed')),
  error        jsonb,                       -- {code, message}
  characters   int not null default 0,
  tokens       int not null default 0,
  chunks       int not null default 0,
  revision     bigint not null default 0,   -- the index's, when the chunks last changed
  ingest_key   text,                        -- who is at it, until …
  ingest_until timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  ingested_at  timestamptz,
  unique (index_id, source)
);
create index rag_documents_list on rag_documents (index_id, id);
create index rag_documents_metadata on rag_documents using gin (metadata jsonb_path_ops);

-- Content that waits to be ingested.
create table rag_uploads (
  document_id  uuid primary key references rag_documents on delete cascade,
  workspace_id uuid not null,
  title        text,
  content_type text not null,
  metadata     jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  content      bytea not null check (length(content) <= 10485760),
  created_at   timestamptz not null default now()
);
alter table rag_uploads alter column content set storage external;

-- The lexemes of a chunk: its headings' before its text's. One more names the index, so that one GIN index serves all
-- of them and yet gives the rows of one. Immutable as long as nobody redefines a text search configuration.
create function rag_words(index_id uuid, language text, headings text[], body text) returns tsvector
  language sql immutable parallel safe
  return array_to_tsvector(array['#' || index_id::text])
    || setweight(to_tsvector(language::regconfig, array_to_string(headings, ' . ')), 'B')
    || to_tsvector(language::regconfig, body);

create table rag_chunks (
  id           uuid primary key,
  workspace_id uuid not null,
  index_id     uuid not null,
  document_id  uuid not null references rag_documents on delete cascade,
  position     int not null,               -- in the document, from 0
  headings     text[] not null,            -- what the text stands under: the title, then headings
  text         text not null,
  start_at     int not null,               -- the characters of the document's text that it is, from …
  end_at       int not null,               -- … to before this one
  tokens       int not null,               -- about
  hash         bytea not null,             -- of what was embedded
  language     text not null,
  embedding    bytea not null,             -- float32, little-endian, of length 1
  words        tsvector generated always as (rag_words(index_id, language, headings, text)) stored,
  unique (document_id, position)
);
-- Rankings read words of thousands of rows, so they stay uncompressed in the row; vectors are read by the index, never by the row.
alter table rag_chunks alter column embedding set storage external;
alter table rag_chunks set (toast_tuple_target = 8160);
create index rag_chunks_words on rag_chunks using gin (words) with (fastupdate = off);

-- Embeddings of a document whose ingestion has not ended: after a crash they are not paid again.
create table rag_staged_embeddings (
  document_id uuid not null references rag_documents on delete cascade,
  hash        bytea not null,
  embedding   bytea not null,
  primary key (document_id, hash)
);

-- In how many chunks of an index a lexeme is: rare ones find and rank. Whoever changes chunks holds the index's row.
create table rag_lexemes (
  index_id uuid not null references rag_indexes on delete cascade,
  lexeme   text collate "C" not null,
  chunks   int not null,
  primary key (index_id, lexeme)
) with (fillfactor = 80);

create function rag_vectors_name(index_id uuid) returns text
  language sql immutable parallel safe
  return 'rag_vectors_' || replace(index_id::text, '-', '');

create function rag_count_chunks() returns trigger
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  counted record;
begin
  if tg_op = 'INSERT' then
    insert into rag_lexemes (index_id, lexeme, chunks)
    select c.index_id, w.lexeme, count(*) from changed c, unnest(c.words) w
    group by c.index_id, w.lexeme order by c.index_id, w.lexeme
    on conflict (index_id, lexeme) do update set chunks = rag_lexemes.chunks + excluded.chunks;
    return null;
  end if;
  -- Of an index that is being deleted nothing is left to count.
  for counted in select i.id, i.vector_store from rag_indexes i where i.id in (select index_id from changed) loop
    with less as (
      select w.lexeme, count(*) as chunks from changed c, unnest(c.words) w where c.index_id = counted.id group by w.lexeme
    ), left_over as (
      update rag_lexemes l set chunks = l.chunks - less.chunks from less
      where l.index_id = counted.id and l.lexeme = less.lexeme and l.chunks > less.chunks
    )
    delete from rag_lexemes l using less
    where l.index_id = counted.id and l.lexeme = less.lexeme and l.chunks <= less.chunks;
    if counted.vector_store = 'pgvector' then
      execute format('delete from %I v using changed c where v.chunk_id = c.id', rag_vectors_name(counted.id));
    end if;
  end loop;
  return null;
end $$;
create trigger rag_chunks_added after insert on rag_chunks
  referencing new table as changed for each statement execute function rag_count_chunks();
create trigger rag_chunks_removed after delete on rag_chunks
  referencing old table as changed for each statement execute function rag_count_chunks();

-- Gives a new index its pgvector table, where the extension (0.8 or newer) is there or may be made; says whether it did.
-- A table per index: HNSW needs the vectors' dimension as a part of the type, a search must not wade through other
-- indexes' vectors, and dropping the table frees all at once. Nothing before this function needs the extension.
create function rag_use_pgvector(index_id uuid) returns boolean
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  found_index rag_indexes;
  version int[];
begin
  select * into found_index from rag_indexes i
  where i.id = rag_use_pgvector.index_id and i.revision = 0
    and (i.workspace_id = current_workspace_id() or current_setting('role') = 'sos_executor');
  if not found or found_index.dimensions > 2000 then -- HNSW's limit for the type vector
    return false;
  end if;
  select string_to_array(substring(coalesce(e.extversion, a.default_version) from '^[0-9.]+'), '.')::int[] into version
  from pg_available_extensions a left join pg_extension e on e.extname = a.name where a.name = 'vector';
  if version is null or version < array[0, 8] then
    return false;
  end if;
  begin
    create extension if not exists vector;
  exception
    when insufficient_privilege then return false; -- somebody with more rights may create it
    when unique_violation or duplicate_object then null; -- made meanwhile
  end;
  execute format('create table %I (chunk_id uuid primary key, embedding vector(%s) not null)', rag_vectors_name(found_index.id), found_index.dimensions);
  execute format('create index on %I using hnsw (embedding vector_cosine_ops)', rag_vectors_name(found_index.id));
  execute format('grant select, insert on %I to sos_executor', rag_vectors_name(found_index.id));
  update rag_indexes i set vector_store = 'pgvector' where i.id = found_index.id;
  return true;
end $$;
revoke all on function rag_use_pgvector(uuid) from public;
grant execute on function rag_use_pgvector(uuid) to sos_api, sos_executor;

create function rag_drop_vectors() returns trigger
  language plpgsql security definer set search_path = public, pg_temp as $$
begin
  execute format('drop table if exists %I', rag_vectors_name(old.id));
  return null;
end $$;
create trigger rag_indexes_removed after delete on rag_indexes
  for each row when (old.vector_store = 'pgvector') execute function rag_drop_vectors();

alter table rag_indexes enable row level security;
alter table rag_documents enable row level security;
alter table rag_uploads enable row level security;
alter table rag_chunks enable row level security;
create policy workspace_wall on rag_indexes to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on rag_documents to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on rag_uploads to sos_api using (workspace_id = current_workspace_id());
create policy workspace_wall on rag_chunks to sos_api using (workspace_id = current_workspace_id());
create policy every_workspace on rag_indexes to sos_executor using (true);
create policy every_workspace on rag_documents to sos_executor using (true);
create policy every_workspace on rag_uploads to sos_executor using (true);
create policy every_workspace on rag_chunks to sos_executor using (true);

grant select, insert, update, delete on rag_indexes, rag_documents, rag_uploads to sos_api;
grant select on rag_chunks to sos_api;
grant select, insert, update on rag_indexes to sos_executor;
grant select, insert, update, delete on rag_documents to sos_executor;
grant select, delete on rag_uploads to sos_executor;
grant select, insert, delete on rag_chunks, rag_staged_embeddings to sos_executor;
grant select on rag_lexemes to sos_executor;
