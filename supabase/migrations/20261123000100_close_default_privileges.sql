-- Nothing made after this line is reachable by a browser or a worker until a migration grants it by name.
-- The host's defaults give every new table and function of schema public to anon, authenticated and service_role,
-- and Postgres itself gives every new function to public; both are taken back here, once.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;

-- Helpers of the public functions, and the two questions that Realtime policies ask. Not exposed by the Data API.
create schema private;
