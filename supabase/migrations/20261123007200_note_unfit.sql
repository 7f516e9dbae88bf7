-- A box may say that nothing can run on it (its card is sick again, its disk is full), so that whoever rents boxes
-- replaces it and nobody waits for it. Its list of templates is emptied with it: every rule that asks what a box can run
-- then holds without a further condition, and the next session of a box that is well again brings the list back.
alter table public.workers add column unfit_reason text, add column unfit_at timestamptz;
comment on column public.workers.unfit_reason is 'The box''s own words for the operator; null while it is well.';

create function public.set_fitness(p_worker uuid, p_reason text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_reason text := nullif(left(p_reason, 300), '');
begin
  perform private.require_worker(p_worker);
  update public.workers w
  set unfit_reason = v_reason,
    unfit_at = case when v_reason is not null then coalesce(w.unfit_at, clock_timestamp()) end,
    capabilities = case when v_reason is null then w.capabilities
      else jsonb_set(w.capabilities, '{templates}', '[]') end
  where w.id = p_worker;
  perform private.touch_worker(p_worker);
end
$$;
grant execute on function public.set_fitness to service_role;
