-- Styles trained from an artist's own images: the job that trains one and the asset it becomes.
create type public.lora_status as enum ('training', 'ready', 'failed', 'deleted');

create table public.loras (
  id uuid primary key,
  owner uuid not null,
  name text not null check (char_length(name) between 1 and 80),
  trigger_word text not null check (trigger_word ~ '^[a-z0-9]{2,32}$'),
  family text not null,
  status public.lora_status not null default 'training',
  job_id uuid references public.jobs (id) on delete set null,
  asset_id uuid references public.assets (id) on delete set null,
  created_at timestamptz not null default now()
);
comment on column public.loras.family is 'Base model family it fits, e.g. `flux`.';
create index loras_owner on public.loras (owner, created_at desc);
create index loras_job on public.loras (job_id) where job_id is not null;
create index loras_asset on public.loras (asset_id) where asset_id is not null;

grant select on public.loras to service_role;
alter table public.loras enable row level security;
