-- What an artist may set about themselves. A row exists only once something was set; no row means the defaults.
-- Neither a foreign key to nor a trigger on auth.users: migrations leave the schemas of the host alone.
create table public.profiles (
  id uuid primary key,
  display_name text check (char_length(display_name) between 1 and 80),
  refuse_provider boolean not null default false,
  created_at timestamptz not null default now()
);
comment on column public.profiles.id is 'The Supabase user id.';
comment on column public.profiles.refuse_provider is 'True: never render this person''s images at an outside provider.';

grant select on public.profiles to service_role;
alter table public.profiles enable row level security;
