-- One row an owner and class with work: the counters that make a claim independent of the depth of the queue.
-- Kept by the functions that move jobs; audit_books compares them with the jobs.
create table public.queue_lanes (
  owner uuid not null,
  class public.lane_class not null,
  queued int not null default 0 check (queued >= 0),
  running int not null default 0 check (running >= 0),
  last_served_at timestamptz not null default now(),
  passed_at timestamptz,
  primary key (owner, class)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 100);
comment on column public.queue_lanes.last_served_at is 'When it was last served or last became non-empty, whichever is later: who comes new stands behind who waits.';
comment on column public.queue_lanes.passed_at is 'When a lane behind it first went ahead because its model was warm; cleared when served.';

create index queue_lanes_next on public.queue_lanes (class, last_served_at) where queued > 0;

grant select on public.queue_lanes to service_role;
alter table public.queue_lanes enable row level security;
