-- How long each kind of job may hold a lease, stay in a stage, run in all, and how often it is tried.
-- A stage time-out runs from the last change that the user could see, so it means "stuck", not "slow".
create type public.job_kind as enum ('image', 'train');

create table public.job_kinds (
  kind public.job_kind primary key,
  lease_s int not null,
  max_attempts int not null,
  max_run_s int not null,
  stage_timeouts_s jsonb not null
);
comment on column public.job_kinds.stage_timeouts_s is 'Seconds by stage; a stage without an entry has none.';

insert into public.job_kinds (kind, lease_s, max_attempts, max_run_s, stage_timeouts_s) values
  ('image', 30, 3, 900, '{"starting": 120, "loading": 300, "sampling": 120, "decoding": 120, "saving": 120}'),
  ('train', 60, 2, 14400, '{"starting": 300, "loading": 600, "sampling": 600, "decoding": 300, "saving": 600}');

grant select on public.job_kinds to service_role;
alter table public.job_kinds enable row level security;
