-- Every stored image under its final key, and the uploads that may become one.
-- Lineage is a query: parents name the assets it was made from. Keys never contain the owner.
create type public.asset_kind as enum ('input', 'mask', 'work', 'output', 'preview', 'timeline', 'lora');

create table public.assets (
  id uuid primary key,
  owner uuid not null,
  kind public.asset_kind not null,
  storage_key text not null unique,
  mime text not null,
  width int not null check (width > 0),
  height int not null check (height > 0),
  bytes int not null check (bytes > 0),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  job_id uuid references public.jobs (id) on delete set null,
  parents uuid[] not null default '{}',
  favourite boolean not null default false,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
comment on column public.assets.job_id is 'The job that made it; null for what the artist brought.';
comment on column public.assets.deleted_at is 'Set by its owner; the server''s tick removes the object later.';
create index assets_owner on public.assets (owner, created_at desc) where deleted_at is null;
create index assets_job on public.assets (job_id) where job_id is not null;

create table public.uploads (
  id uuid primary key,
  owner uuid not null,
  staging_key text not null unique,
  mime text not null,
  bytes int not null check (bytes > 0),
  asset_id uuid references public.assets (id) on delete set null,
  created_at timestamptz not null default now(),
  listed_at timestamptz
);
comment on column public.uploads.mime is 'As declared; the server checks the bytes at confirm.';
comment on column public.uploads.asset_id is 'Set once, by confirm_upload.';
comment on column public.uploads.listed_at is 'When sweep last named its staging object for deletion.';
create index uploads_created on public.uploads (created_at);
create index uploads_owner on public.uploads (owner, created_at);
create index uploads_asset on public.uploads (asset_id) where asset_id is not null;

grant select on public.assets, public.uploads to service_role;
alter table public.assets enable row level security;
alter table public.uploads enable row level security;
