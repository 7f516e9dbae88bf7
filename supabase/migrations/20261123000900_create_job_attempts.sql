-- One row a claim: inserted by claim_job, closed once. ETA, cost, causes of failure and dead letters are read here.
-- A sweep leaves the attempt open (its worker may still come back); the next claim closes it as lost.
create type public.attempt_outcome as enum ('succeeded', 'failed', 'lost', 'drained', 'canceled');

create table public.job_attempts (
  job_id uuid not null references public.jobs (id) on delete cascade,
  epoch int not null,
  worker_id uuid not null,
  backend text not null default 'comfy',
  template text not null,
  claimed_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome public.attempt_outcome,
  error_code text,
  detail text,
  gpu_ms numeric(12, 1),
  cost_usd_micros bigint,
  stage_ms jsonb,
  primary key (job_id, epoch),
  check ((ended_at is null) = (outcome is null))
);
comment on column public.job_attempts.template is '`mode/variant`, kept here so that typical times need no join.';
comment on column public.job_attempts.detail is 'For the operator; never shown to users.';
comment on column public.job_attempts.gpu_ms is 'Said by the box; advisory, never billed from.';
comment on column public.job_attempts.cost_usd_micros is 'Seconds on database time × the box''s rate at the end, or the provider''s price.';

create index job_attempts_typical on public.job_attempts (template, ended_at desc) where outcome = 'succeeded';

grant select on public.job_attempts to service_role;
alter table public.job_attempts enable row level security;
