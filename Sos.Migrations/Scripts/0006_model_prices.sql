-- Public list prices in US dollars for a million tokens, at the providers' standard tier. Each row names the page that
-- listed it and when; it is valid from that day, so that a price is never applied to a time it was not seen for.
-- Providers go by OpenTelemetry's names. Dated snapshots (gpt-4.1-2025-04-14) cost what their model costs.
-- What is not here has no price: its calls cost null and say so. Later scripts add rows; they never change these.

-- OpenAI. Where no price of cached input is listed, it costs what input costs.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'openai', name, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('gpt-5.5',        5,      0.5,    null,  30,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.5-pro',    30,     null,   null,  180,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.4',        2.5,    0.25,   null,  15,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.4-mini',   0.75,   0.075,  null,  4.5,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.4-nano',   0.2,    0.02,   null,  1.25, '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.4-pro',    30,     null,   null,  180,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.2',        1.75,   0.175,  null,  14,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.2-pro',    21,     null,   null,  168,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.1',        1.25,   0.125,  null,  10,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5',          1.25,   0.125,  null,  10,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5-mini',     0.25,   0.025,  null,  2,    '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5-nano',     0.05,   0.005,  null,  0.4,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5-pro',      15,     null,   null,  120,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-4.1',        2,      0.5,    null,  8,    '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-4.1-mini',   0.4,    0.1,    null,  1.6,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-4.1-nano',   0.1,    0.025,  null,  0.4,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-4o',         2.5,    1.25,   null,  10,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-4o-mini',    0.15,   0.075,  null,  0.6,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('o1',             15,     7.5,    null,  60,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('o1-pro',         150,    null,   null,  600,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('o3',             2,      0.5,    null,  8,    '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('o3-mini',        1.1,    0.55,   null,  4.4,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('o3-pro',         20,     null,   null,  80,   '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('o4-mini',        1.1,    0.275,  null,  4.4,  '2026-08-05T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-05'),
  ('gpt-5.6-terra',  2,      0.2,    2.5,   12,   '2026-08-02T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-02; requests above 272K input tokens cost more'),
  ('gpt-5.6-luna',   0.2,    0.02,   0.25,  1.2,  '2026-08-02T00:00Z', 'developers.openai.com/api/docs/pricing, read 2026-08-02; requests above 272K input tokens cost more'),
  ('gpt-5.6',        4,      0.4,    5,     20,   '2026-08-21T00:00Z', 'developers.openai.com/api/docs/models/gpt-5.6-sol, listed 2026-08-21, promised through 2026-11-21; requests above 272K input tokens cost more'),
  ('gpt-5.6-sol',    4,      0.4,    5,     20,   '2026-08-21T00:00Z', 'developers.openai.com/api/docs/models/gpt-5.6-sol, listed 2026-08-21, promised through 2026-11-21; requests above 272K input tokens cost more'),
  ('gpt-6-astra',    10,     1,      12.5,  50,   '2026-09-03T00:00Z', 'developers.openai.com/api/docs/models/gpt-6-astra, listed 2026-09-03; requests above 272K input tokens cost more'),
  ('gpt-6-sol',      2,      0.2,    2.5,   10,   '2026-09-22T00:00Z', 'developers.openai.com/api/docs/pricing, listed 2026-09-22; requests above 272K input tokens cost more'),
  ('gpt-6-luna',     0.1,    0.01,   0.125, 0.5,  '2026-09-22T00:00Z', 'developers.openai.com/api/docs/models/gpt-6-luna, listed 2026-09-22; requests above 272K input tokens cost more'),
  ('gpt-6.1-sol',    2,      0.1,    2.5,   10,   '2026-09-29T00:00Z', 'developers.openai.com/api/docs/pricing, listed 2026-09-29; requests above 272K input tokens cost more'),
  ('gpt-6.2-astra',  8,      null,   null,  40,   '2026-11-17T00:00Z', 'developers.openai.com/api/docs/models/gpt-6.2-astra, listed 2026-11-17; requests above 272K input tokens cost more'),
  ('gpt-6.2-sol',    2,      0.1,    2.5,   10,   '2026-11-17T00:00Z', 'developers.openai.com/api/docs/models/gpt-6.2-sol, listed 2026-11-17; requests above 272K input tokens cost more')
) as list (model, input, cached, written, output, valid_from, source)
cross join lateral (values (model), (model || '-20*')) as names (name);

-- OpenAI's embeddings.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'openai', model, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('text-embedding-3-large',  0.13,   null,   null,  0,    '2025-07-04T00:00Z', 'developers.openai.com/api/docs/models/text-embedding-3-large, read 2025-07-04'),
  ('text-embedding-3-small',  0.02,   null,   null,  0,    '2026-06-21T00:00Z', 'developers.openai.com/api/docs/models/text-embedding-3-small, read 2026-06-21')
) as list (model, input, cached, written, output, valid_from, source);

-- Azure OpenAI, Global Standard deployments; regional ones cost more.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'azure.ai.openai', name, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('gpt-5.5',       5,      0.5,    null,  30,   '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5.4',       2.5,    0.25,   null,  15,   '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5.4-mini',  0.75,   0.075,  null,  4.5,  '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5.4-nano',  0.2,    0.02,   null,  1.25, '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5.2',       1.75,   0.175,  null,  14,   '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5.1',       1.25,   0.125,  null,  10,   '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5',         1.25,   0.125,  null,  10,   '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5-mini',    0.25,   0.025,  null,  2,    '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-5-nano',    0.05,   0.005,  null,  0.4,  '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-4.1',       2,      0.5,    null,  8,    '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-4.1-mini',  0.4,    0.1,    null,  1.6,  '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-4.1-nano',  0.1,    0.025,  null,  0.4,  '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-4o',        2.5,    1.25,   null,  10,   '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('gpt-4o-mini',   0.15,   0.075,  null,  0.6,  '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('o3',            2,      0.5,    null,  8,    '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('o3-mini',       1.1,    0.55,   null,  4.4,  '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05'),
  ('o4-mini',       1.1,    0.275,  null,  4.4,  '2026-08-05T00:00Z', 'prices.azure.com/api/retail/prices, Global Standard, read 2026-08-05')
) as list (model, input, cached, written, output, valid_from, source)
cross join lateral (values (model), (model || '-20*')) as names (name);

-- Anthropic. Writing into the cache at the price of five minutes; an hour costs twice the input.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'anthropic', name, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('claude-fable-5-1',   10,     0.25,   12.5,  50,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-fable-5',     10,     1,      12.5,  50,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-opus-5-5',    4,      0.2,    5,     20,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-opus-5',      5,      0.5,    6.25,  25,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-opus-4-8',    5,      0.5,    6.25,  25,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-opus-4-7',    5,      0.5,    6.25,  25,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-opus-4-6',    5,      0.5,    6.25,  25,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-opus-4-5',    5,      0.5,    6.25,  25,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-sonnet-5-5',  2,      0.1,    2.5,   10,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-sonnet-5',    2,      0.2,    2.5,   10,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-sonnet-4-6',  3,      0.3,    3.75,  15,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-sonnet-4-5',  3,      0.3,    3.75,  15,   '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24'),
  ('claude-haiku-5-5',   0.1,    0.01,   0.125, 0.5,  '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24; prompts above 100K tokens cost more'),
  ('claude-haiku-4-5',   1,      0.1,    1.25,  5,    '2026-10-24T00:00Z', 'platform.claude.com/docs/en/about-claude/pricing, read 2026-10-24')
) as list (model, input, cached, written, output, valid_from, source)
cross join lateral (values (model), (model || '-20*')) as names (name);

-- Google Gemini; text.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'gcp.gemini', model, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('gemini-3.1-pro-preview',  2,      0.2,    null,  12,   '2026-08-05T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-05; prompts above 200K tokens cost more'),
  ('gemini-3.5-flash',        1.5,    0.15,   null,  9,    '2026-08-05T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-05'),
  ('gemini-3.5-flash-lite',   0.3,    0.03,   null,  2.5,  '2026-08-05T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-05'),
  ('gemini-3.6-flash',        0.75,   0.075,  null,  3.75, '2026-08-13T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-13; through 2026-12-31'),
  ('gemini-3.6-flash',        1.5,    0.15,   null,  7.5,  '2027-01-01T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-13; from 2027-01-01'),
  ('gemini-3.7-flash',        0.75,   0.075,  null,  3.75, '2026-08-13T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-13; through 2026-12-31'),
  ('gemini-3.7-flash',        1.5,    0.15,   null,  7.5,  '2027-01-01T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-13; from 2027-01-01'),
  ('gemini-2.5-pro',          1.25,   0.125,  null,  10,   '2026-08-05T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-05; prompts above 200K tokens cost more'),
  ('gemini-2.5-flash',        0.3,    0.03,   null,  2.5,  '2026-08-05T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-05'),
  ('gemini-2.5-flash-lite',   0.1,    0.01,   null,  0.4,  '2026-08-05T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-08-05'),
  ('gemini-embedding-2',      0.2,    null,   null,  0,    '2026-07-22T00:00Z', 'ai.google.dev/gemini-api/docs/pricing, read 2026-07-22')
) as list (model, input, cached, written, output, valid_from, source);

-- Mistral.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'mistral_ai', model, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('mistral-medium-3-5',  1.5,    null,   null,  7.5,  '2026-08-05T00:00Z', 'mistral.ai/pricing/api, read 2026-08-05'),
  ('mistral-large-2512',  0.5,    null,   null,  1.5,  '2026-08-05T00:00Z', 'mistral.ai/pricing/api, read 2026-08-05'),
  ('mistral-small-2603',  0.15,   null,   null,  0.6,  '2026-08-05T00:00Z', 'mistral.ai/pricing/api, read 2026-08-05'),
  ('codestral-2508',      0.3,    null,   null,  0.9,  '2026-08-05T00:00Z', 'mistral.ai/pricing/api, read 2026-08-05'),
  ('ministral-14b-2512',  0.2,    null,   null,  0.2,  '2026-08-05T00:00Z', 'mistral.ai/pricing/api, read 2026-08-05'),
  ('ministral-8b-2512',   0.15,   null,   null,  0.15, '2026-08-05T00:00Z', 'mistral.ai/pricing/api, read 2026-08-05'),
  ('ministral-3b-2512',   0.1,    null,   null,  0.1,  '2026-08-05T00:00Z', 'mistral.ai/pricing/api, read 2026-08-05')
) as list (model, input, cached, written, output, valid_from, source);

-- Groq.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'groq', model, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('openai/gpt-oss-120b',      0.15,   0.075,  null,  0.6,  '2026-08-05T00:00Z', 'console.groq.com/docs/models, read 2026-08-05'),
  ('openai/gpt-oss-20b',       0.075,  0.0375, null,  0.3,  '2026-08-05T00:00Z', 'console.groq.com/docs/models, read 2026-08-05'),
  ('llama-3.3-70b-versatile',  0.59,   null,   null,  0.79, '2026-08-05T00:00Z', 'console.groq.com/docs/models, read 2026-08-05'),
  ('llama-3.1-8b-instant',     0.05,   null,   null,  0.08, '2026-08-05T00:00Z', 'console.groq.com/docs/models, read 2026-08-05')
) as list (model, input, cached, written, output, valid_from, source);

-- DeepSeek charges by the hour of the day; the higher price is what a budget should expect.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'deepseek', model, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('deepseek-flash',   0.3,    0.006,  null,  1.2,  '2026-10-27T00:00Z', 'api-docs.deepseek.com/quick_start/pricing, read 2026-10-27; the price of peak hours, other hours cost half'),
  ('deepseek-v4-pro',  1.32,   0.044,  null,  3.96, '2026-10-27T00:00Z', 'api-docs.deepseek.com/quick_start/pricing, read 2026-10-27; the price of peak hours, other hours cost half')
) as list (model, input, cached, written, output, valid_from, source);

-- xAI.
insert into model_prices (id, provider, model, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, valid_from, source)
select gen_random_uuid(), 'x_ai', model, input, cached::numeric, written::numeric, output, valid_from::timestamptz, source
from (values
  ('grok-4.5',        2,      0.5,    null,  6,    '2026-07-09T00:00Z', 'docs.x.ai/developers/grok-4-5, listed 2026-07-09; prompts from 200K tokens on cost more'),
  ('grok-4.3',        1.25,   0.2,    null,  2.5,  '2026-05-12T00:00Z', 'docs.x.ai/docs/models, read 2026-05-12; prompts from 200K tokens on cost more'),
  ('grok-build-0.1',  1,      0.2,    null,  2,    '2026-09-25T00:00Z', 'docs.x.ai/developers/models, read 2026-09-25; prompts from 200K tokens on cost more')
) as list (model, input, cached, written, output, valid_from, source);

-- What this product brings itself costs nothing, which is a price, too.
insert into model_prices (id, provider, model, input_per_million, output_per_million, valid_from, source) values
  (gen_random_uuid(), 'demo',  '*', 0, 0, '2000-01-01T00:00Z', 'built in'),
  (gen_random_uuid(), 'local', '*', 0, 0, '2000-01-01T00:00Z', 'built in');
