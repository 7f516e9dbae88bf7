-- Realtime messages: `job` and `balance` to the owner, `cancel` and `wake` to the workers. Hints only: the row is the
-- truth, and realtime.send turns its own failures into warnings, so a lost message never undoes a write.
create function private.send_job() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.send(
    jsonb_build_object(
      'id', new.id, 'version', new.version, 'epoch', new.epoch, 'status', new.status, 'stage', new.stage,
      'step', new.step, 'steps', new.steps, 'progress', new.progress, 'error_code', new.error_code),
    'job', 'user:' || new.owner, true);
  return null;
end
$$;

create trigger send_new_job after insert on public.jobs
for each row execute function private.send_job();
create trigger send_job after update on public.jobs
for each row when (new.version <> old.version) execute function private.send_job();

create function private.send_balance() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.send(
    jsonb_build_object('balance', new.balance, 'held', new.held), 'balance', 'user:' || new.owner, true);
  return null;
end
$$;

create trigger send_new_balance after insert on public.accounts
for each row execute function private.send_balance();
create trigger send_balance after update on public.accounts
for each row when ((new.balance, new.held) is distinct from (old.balance, old.held))
execute function private.send_balance();

create function private.send_cancel(p_job uuid, p_epoch int) returns void
language plpgsql set search_path = '' as $$
begin
  perform realtime.send(jsonb_build_object('job', p_job, 'epoch', p_epoch), 'cancel', 'workers', true);
end
$$;

-- When the doorbell last rang. Its own row, so that no press ever waits for another to ring.
create table private.doorbell (
  id boolean primary key default true check (id),
  rung_at timestamptz not null default '-infinity'
) with (fillfactor = 10);
insert into private.doorbell default values;
alter table private.doorbell enable row level security;

-- A transaction that is ringing at this moment speaks for us too; a worker asks again shortly after every wake.
create function private.wake_workers() returns void
language plpgsql set search_path = '' as $$
declare
  v_gap interval := (select s.wake_gap_ms * interval '1 ms' from public.settings s);
begin
  perform from private.doorbell d where d.rung_at <= clock_timestamp() - v_gap for update skip locked;
  if found then
    update private.doorbell set rung_at = clock_timestamp();
    perform realtime.send('{}'::jsonb, 'wake', 'workers', true);
  end if;
end
$$;
