-- One row an image asked for: the queue, the fence and what the artist sees. Hot and narrow.
-- Progress writes must stay HOT: no index (nor its predicate) on a column that report_progress changes, and 40 % of
-- each page free. What never changes after the press is in job_specs.
create type public.job_status as enum ('queued', 'running', 'succeeded', 'failed', 'canceled');
create type public.job_stage as enum ('waiting', 'starting', 'loading', 'sampling', 'decoding', 'saving');
create type public.job_purse as enum ('free', 'credits');
create type public.lane_class as enum ('paid', 'free', 'anon');

create table public.jobs (
  id uuid primary key,
  owner uuid not null,
  request_id uuid not null,
  worker_id uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  stage_at timestamptz not null default now(),
  lease_until timestamptz,
  reported_at timestamptz,
  shown_at timestamptz not null default now(),
  kind public.job_kind not null default 'image' references public.job_kinds (kind),
  status public.job_status not null default 'queued',
  stage public.job_stage not null default 'waiting',
  lane public.lane_class not null,
  purse public.job_purse not null,
  min_trust public.worker_trust not null,
  epoch int not null default 0,
  version int not null default 1,
  step int not null default 0,
  steps int not null,
  progress real not null default 0,
  price int not null check (price >= 0),
  returned int not null default 0 check (returned between 0 and price),
  ordinal smallint not null check (ordinal between 0 and 3),
  attempts smallint not null default 0,
  stand_in boolean not null default false,
  mode text not null,
  variant text not null,
  model_key text not null,
  transmission text not null,
  error_code text,
  remote jsonb
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
comment on column public.jobs.id is 'UUID v7 made by the server: the order of a lane.';
comment on column public.jobs.owner is 'Supabase user id, without a foreign key: books outlive the account.';
comment on column public.jobs.request_id is 'Chosen by the client at the press; with ordinal unique per owner.';
comment on column public.jobs.epoch is 'The fence: +1 at every claim, and every write of a worker names it.';
comment on column public.jobs.version is '+1 exactly when something the user sees changes; the row at one version never differs.';
comment on column public.jobs.worker_id is 'Who may write under the current epoch; null once that attempt ended by its own word.';
comment on column public.jobs.lease_until is 'Database time until which the claim holds. After it the sweep may requeue; the epoch still decides.';
comment on column public.jobs.reported_at is 'Last accepted report_progress.';
comment on column public.jobs.shown_at is 'Last change of what the user sees: limits messages to one a second and finds stuck stages.';
comment on column public.jobs.lane is 'The queue_lanes row it counts in, fixed at the press even if an anonymous owner signs up meanwhile.';
comment on column public.jobs.price is 'In the units of its purse: credits, or 1 free image.';
comment on column public.jobs.returned is 'Given back at the end, in the same units; 0 while open.';
comment on column public.jobs.attempts is 'Claims that count: a drain gives one back.';
comment on column public.jobs.stand_in is 'Set by claim_job: the worker said that it renders without a GPU.';
comment on column public.jobs.transmission is '8 hex characters shown to the artist; unique per owner only.';
comment on column public.jobs.remote is 'Provider, id and deadline while an outside provider runs it.';

create unique index jobs_request on public.jobs (owner, request_id, ordinal);
create unique index jobs_transmission on public.jobs (owner, transmission);
create index jobs_list on public.jobs (owner, created_at desc);
-- Only what can be claimed: finished rows never slow a claim, however many there are.
create index jobs_queued on public.jobs (owner, lane, id) where status = 'queued';
create index jobs_running on public.jobs (worker_id) where status = 'running';
create index jobs_canceled on public.jobs (owner, finished_at) where status = 'canceled';

grant select on public.jobs to service_role;
alter table public.jobs enable row level security;
