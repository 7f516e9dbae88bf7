-- Public links to one finished job. The slug is the whole secret; revoking keeps the row.
create table public.shares (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[A-Za-z0-9_-]{16,64}$'),
  owner uuid not null,
  job_id uuid not null references public.jobs (id) on delete cascade,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index shares_owner on public.shares (owner, created_at desc);
create index shares_job on public.shares (job_id);

grant select on public.shares to service_role;
alter table public.shares enable row level security;
