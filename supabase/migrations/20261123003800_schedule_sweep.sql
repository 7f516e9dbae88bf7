-- Where the host has pg_cron, jobs are swept even while no server runs. The server's own tick sweeps too, and deletes
-- the objects that only it can; the two exclude each other by an advisory lock.
do $$
begin
  if exists (select from pg_available_extensions where name = 'pg_cron') then
    create extension if not exists pg_cron;
    perform cron.schedule('forge-sweep', '5 seconds', 'select private.sweep_jobs()');
  end if;
end
$$;
