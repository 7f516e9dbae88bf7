-- Worker keys (one a pool of boxes, made by an operator, stored hashed) and workers (one row a box).
-- Trust is ordered: a job goes to a worker whose trust is at least what the job and the settings ask for.
create type public.worker_trust as enum ('provider', 'community', 'datacenter', 'own');

create table public.worker_keys (
  id uuid primary key default gen_random_uuid(),
  name text not null check (char_length(name) between 1 and 80),
  pool text not null check (char_length(pool) between 1 and 40),
  key_hash text not null unique,
  trust public.worker_trust not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
comment on column public.worker_keys.key_hash is 'SHA-256 of the key, hex. The key itself is shown once and never stored.';

create table public.workers (
  id uuid primary key,
  key_id uuid not null references public.worker_keys (id),
  capabilities jsonb not null default '{}',
  warm text[] not null default '{}',
  gpu text not null default '',
  usd_per_hour numeric(8, 4),
  first_seen timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  draining boolean not null default false,
  revoked_at timestamptz
) with (fillfactor = 70);
comment on column public.workers.id is 'The instance uuid kept on the box; also `sub` of its token.';
comment on column public.workers.capabilities is 'What the box said in worker_session: templates (`mode/variant` that passed its self-test), gpu, standIn.';
comment on column public.workers.warm is 'Model keys in VRAM, as of its last claim. A hint for the order of jobs, never for who may run one.';
comment on column public.workers.usd_per_hour is 'Set by the operator or the capacity tick; null costs nothing (own hardware, stand-in).';
comment on column public.workers.last_seen is 'Moved by any call of the box, at most every 5 s; online means within 45 s.';
create index workers_key on public.workers (key_id);

grant select on public.workers to service_role;
grant select (id, name, pool, trust, created_at, revoked_at) on public.worker_keys to service_role;
alter table public.worker_keys enable row level security;
alter table public.workers enable row level security;
