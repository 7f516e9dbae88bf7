-- A small picture of every result for walls of them. Its own file: a new value cannot be used where it is added.
alter type public.asset_kind add value 'thumb';
