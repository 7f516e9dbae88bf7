-- The only statements that move credits and free uses. Callers hold the job, then its lane; the account and the
-- buckets come last, so every function locks in the order job, lane, account, buckets.
create function private.post(p_owner uuid, p_job uuid, p_kind public.ledger_kind, p_delta int, p_held int,
  p_external_id text default null) returns int
language plpgsql set search_path = '' as $$
declare
  v_balance int;
begin
  update public.accounts a
  set balance = a.balance + p_delta, held = a.held + p_held, updated_at = now()
  where a.owner = p_owner returning a.balance into v_balance;
  if not found then
    insert into public.accounts as a (owner, balance, held) values (p_owner, p_delta, p_held)
    on conflict (owner) do update set balance = a.balance + p_delta, held = a.held + p_held, updated_at = now()
    returning a.balance into v_balance;
  end if;
  insert into public.ledger (owner, job_id, kind, delta, balance_after, external_id)
  values (p_owner, p_job, p_kind, p_delta, v_balance, p_external_id);
  return v_balance;
end
$$;

create function private.return_free_use(p_job uuid) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_hold public.free_holds;
begin
  update public.free_holds set returned_at = now() where job_id = p_job and returned_at is null returning * into v_hold;
  if not found then
    return false;
  end if;
  perform from public.free_usage u where u.day = v_hold.day and u.bucket = any (v_hold.buckets)
  order by u.bucket for update;
  update public.free_usage u set used = u.used - 1 where u.day = v_hold.day and u.bucket = any (v_hold.buckets);
  return true;
end
$$;

-- Ends what a job held. `capture` keeps the price (of a free job: the use), `release` gives it back.
-- Answers what went back, in the units of the purse.
create function private.settle(p_job public.jobs, p_end public.ledger_kind) returns int
language plpgsql set search_path = '' as $$
begin
  if p_job.purse = 'free' then
    return case when p_end = 'release' and private.return_free_use(p_job.id) then p_job.price else 0 end;
  end if;
  if p_end = 'release' then
    perform private.post(p_job.owner, p_job.id, 'release', p_job.price, -p_job.price);
    return p_job.price;
  end if;
  perform private.post(p_job.owner, p_job.id, 'capture', 0, -p_job.price);
  return 0;
end
$$;
