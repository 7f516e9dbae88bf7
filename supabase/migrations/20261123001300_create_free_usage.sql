-- Free images a UTC day, counted in every bucket that a press falls into, and what each free job took from where.
-- A use goes back exactly once, to the day and the buckets it came from, even after midnight.
create table public.free_usage (
  bucket text not null,
  day date not null,
  used int not null check (used >= 0),
  primary key (bucket, day)
) with (fillfactor = 70);
comment on column public.free_usage.bucket is '`account:<owner>`, or an HMAC of a network prefix made by the server; never an address.';

create table public.free_holds (
  job_id uuid primary key references public.jobs (id) on delete cascade,
  buckets text[] not null,
  day date not null,
  returned_at timestamptz
);

grant select on public.free_usage, public.free_holds to service_role;
alter table public.free_usage enable row level security;
alter table public.free_holds enable row level security;
