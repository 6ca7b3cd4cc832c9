create extension if not exists pg_debrief;
create server fake foreign data wrapper debrief options (kind 'fake');
update debrief.stages set server = 'fake', backoff_base_ms = 10;
