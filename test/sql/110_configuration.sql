\set ECHO none
\i test/sql/setup.psql
select no_plan();

-- An error's code, words and hint, in one line.
create function pg_temp.complaint(statement text) returns text language plpgsql as $$
declare
  code text;
  words text;
  advice text;
begin
  execute statement;
  return 'none';
exception when others then
  get stacked diagnostics code = returned_sqlstate, words = message_text, advice = pg_exception_hint;
  return concat_ws(' | ', code, words, nullif(advice, ''));
end $$;
create function pg_temp.server(options text) returns text language sql as $$
  select pg_temp.complaint(format('create server tap_server foreign data wrapper debrief options (%s); drop server tap_server', options));
$$;

-- Servers
select is(pg_temp.complaint('create server tap_server foreign data wrapper debrief'), 'HV00J | option "kind" is missing | Providers: http, template, gemini, google_tts, openai, azure_speech, elevenlabs, polly, fake. Receivers: webhook. Stores: directory, database, supabase, s3.', 'a server has a kind');
select is(pg_temp.server('kind ''ftp'''), 'HV024 | unknown kind "ftp" | Providers: http, template, gemini, google_tts, openai, azure_speech, elevenlabs, polly, fake. Receivers: webhook. Stores: directory, database, supabase, s3.', 'a kind that we know');
select is(pg_temp.server('kind ''http'''), 'HV00J | a server of kind "http" needs the option "base_url"', 'http needs base_url');
select is(pg_temp.server('kind ''directory'''), 'HV00J | a server of kind "directory" needs the option "path"', 'directory needs path');
select is(pg_temp.server('kind ''http'', base_url ''http://h'', path ''/x'''), 'HV00D | a server of kind "http" has no option "path" | docs/providers.md lists the options of each kind.', 'no options of other kinds');
select is(pg_temp.server('kind ''template'', key ''k'''), 'HV00D | a server of kind "template" has no option "key" | docs/providers.md lists the options of each kind.', 'template takes no options');
select is(pg_temp.server(format('kind ''http'', base_url %L', url)), 'HV024 | option "base_url" is not a usable URL | Write it as https://host[:port][/path], without user, query or fragment; a port is a number from 1 to 65535.', format('no URL: %s', left(url, 30)))
  from unnest(array['', 'host', 'ftp://host', 'http://', 'http:///path', 'http://host/?q', 'http://host/#f', 'http://me:secret@host', 'http://ho st', 'http://h/' || repeat('x', 2000), E'http://h\\x', 'http://hö',
    'http://h:99999', 'http://h:65536/x', 'http://h:0', 'http://h:', 'http://h:/x', 'http://h:80x', 'http://h:-1', 'http://h:000080', 'http://[::1]:99999', 'http://[::1', 'http://[::1]8']) url;
select is(pg_temp.server(format('kind ''directory'', path %L', path)), 'HV024 | option "path" must be an absolute directory, and not / | The server''s own user must be able to read it, and to write it for audio.', format('no directory: %s', path))
  from unnest(array['', '/', 'relative']) path;
select is(pg_temp.server(format('kind ''directory'', path ''/srv/x'', %s', mode)), 'HV024 | option ' || told, format('no mode: %s', mode))
  from (values ('file_mode ''0044''', '"file_mode" must be an octal mode with 0600 in it | Such as 0640, which lets the group read too.'), ('file_mode ''0680''', '"file_mode" must be an octal mode with 0600 in it | Such as 0640, which lets the group read too.'),
               ('file_mode ''''', '"file_mode" must be an octal mode with 0600 in it | Such as 0640, which lets the group read too.'), ('dir_mode ''4755''', '"dir_mode" must be an octal mode with 0700 in it | Such as 0750, which lets the group read too.'),
               ('dir_mode ''0640''', '"dir_mode" must be an octal mode with 0700 in it | Such as 0750, which lets the group read too.')) as m (mode, told);
select is(pg_temp.server(format('kind ''http'', base_url ''http://h'', key %L', key)),
  'HV024 | option "key" is the name of a key, not a key | A name is a lower-case letter and at most 31 more, digits or _. The secret goes into the file that pg_debrief.key_file names: docs/providers.md, "Keys".', format('no name of a key: %s', left(key, 10)))
  from unnest(array['', 'a key', 'sk/x+y=', repeat('k', 33), '1k', 'house-1', 'House', 'AIzaSyD-example_of_a_key', 'sk-proj-abc123', 'sk_9f8e7d6c5b4a39281706f5e4d3c2b1a0ff', 'deadbeef00112233445566778899aabb']) key;
select is(pg_temp.server(format('kind ''http'', base_url ''http://h'', ssml_bytes_max %L', bytes)), 'HV024 | option "ssml_bytes_max" must be a whole number from 200 to 65536', format('no size: %s', bytes))
  from unnest(array['', '199', '65537', '1k', '99999999999999999999']) bytes;
select is(pg_temp.server(format('kind ''fake'', %I ''1.5''', name)), format('HV024 | option "%s" must be a whole number from 1 to %s', name, maximum), 'no part of one: ' || name)
  from (values ('max_in_flight', 5000), ('calls_per_minute', 1000000), ('calls_per_day', 1000000000000), ('tokens_per_day', 1000000000000), ('characters_per_day', 1000000000000)) as o (name, maximum);
select is(pg_temp.server('kind ''fake'', fail_rate ''1.5'''), 'HV024 | option "fail_rate" must be a number from 0 to 1', 'a share of all calls');
select is(pg_temp.server('kind ''fake'', key ''k'''), 'HV00D | a server of kind "fake" has no option "key" | docs/providers.md lists the options of each kind.', 'fake calls nobody');
select is(pg_temp.server(options), 'none', format('usable: %s', options))
  from unnest(array['kind ''http'', base_url ''https://host:8443/api/v1'', key ''house_1'', ssml_bytes_max ''200''', 'kind ''directory'', path ''/srv/x'', public_url ''https://cdn/x''', 'kind ''directory'', path ''/srv/x'', file_mode ''640'', dir_mode ''2750''',
                    'kind ''database'', public_url ''http://h''', 'kind ''template''', 'kind ''http'', base_url ''HTTP://[::1]:80''', 'kind ''http'', base_url ''http://h:65535/x''', 'kind ''http'', base_url ''http://h:1'', key ''k''',
                    'kind ''fake''', 'kind ''fake'', fail_rate ''0.5'', fail_code ''timeout'', fail_words ''boom or bust'', delay_ms ''50'', max_in_flight ''2''']) options;
create server tts foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:1');
select is(pg_temp.complaint('alter server tts options (set base_url ''nowhere'')'), 'HV024 | option "base_url" is not a usable URL | Write it as https://host[:port][/path], without user, query or fragment; a port is a number from 1 to 65535.', 'ALTER SERVER is checked too');
select is(pg_temp.complaint('alter server tts options (drop base_url)'), 'HV00J | a server of kind "http" needs the option "base_url"', 'nor can what is needed be dropped');
select is(pg_temp.complaint('alter server tts options (add key ''house'')'), 'none', 'a key can be named later');
select is(debrief._server_options('tts'), '{"kind": "http", "base_url": "http://127.0.0.1:1", "key": "house"}', 'and is what the worker reads');
select is(pg_temp.complaint('create user mapping for public server tts options (key ''secret'')'), 'HV00D | only servers of the wrapper debrief have options | Keys are kept in the file that pg_debrief.key_file names.', 'no secrets in user mappings');
select is(pg_temp.complaint('alter foreign data wrapper debrief options (key ''secret'')'), 'HV00D | only servers of the wrapper debrief have options | Keys are kept in the file that pg_debrief.key_file names.', 'nor in the wrapper');
create foreign data wrapper tap_wrapper;
create server tap_stranger foreign data wrapper tap_wrapper options (kind 'http');
select is(debrief._server_kind('tap_stranger'), null, 'servers of other wrappers are none of ours');

-- Stages
create server files foreign data wrapper debrief options (kind 'directory', path '/srv/sounds');
create function pg_temp.stage(stage text, assignment text) returns text language sql as $$
  select pg_temp.complaint(format('update debrief.stages set %s where stage = %L', assignment, stage));
$$;
select is(pg_temp.stage('audio', 'server = ''nowhere'''), '42704 | server "nowhere" does not exist | CREATE SERVER name FOREIGN DATA WRAPPER debrief OPTIONS (kind ''http'', base_url ''http://...'');', 'a stage names a server that exists');
select is(pg_temp.stage('audio', 'server = ''tap_stranger'''), '42704 | server "tap_stranger" does not exist | CREATE SERVER name FOREIGN DATA WRAPPER debrief OPTIONS (kind ''http'', base_url ''http://...'');', 'one of ours');
select is(pg_temp.stage('audio', 'server = ''files'''), '22023 | server "files" is a store (kind "directory"), not a provider | Name it in the column "store".', 'a store is no provider');
select is(pg_temp.stage('audio', 'server = ''template'''), '22023 | kind "template" cannot serve stage "audio" | It serves: ssml.', 'template writes SSML only');
select is(pg_temp.stage('audio', 'store = ''nowhere'''), '42704 | store "nowhere" does not exist | CREATE SERVER name FOREIGN DATA WRAPPER debrief OPTIONS (kind ''directory'', path ''/...'');', 'a stage names a store that exists');
select is(pg_temp.stage('audio', 'store = ''tts'''), '22023 | server "tts" is a provider (kind "http"), not a store | Name it in the column "server".', 'a provider is no store');
select is(pg_temp.stage('analysis', 'store = ''database'''), '22023 | kind "database" keeps audio, not recordings | Use a store of kind "directory", "supabase" or "s3" for stage "analysis".', 'recordings are not kept in the database');
select is(pg_temp.stage('ssml', 'store = ''files'''), '22023 | stage "ssml" has no store | SSML is kept in debrief.analysis_ssml_segments.', 'SSML has no store');
select is(pg_temp.stage(stage, assignment), 'none', format('%s: %s', stage, assignment))
  from (values ('analysis', 'server = ''tts'', store = ''files'''), ('ssml', 'server = ''tts'''), ('ssml', 'server = null'), ('audio', 'server = ''tts'', store = ''files'''), ('audio', 'store = null'),
               ('audio', 'store = ''database''')) as s (stage, assignment);
select matches(pg_temp.stage('audio', assignment), '^23514 \| ', format('out of bounds: %s', assignment))
  from unnest(array['max_attempts = 0', 'max_attempts = 101', 'give_up_after = ''0''', 'backoff_base_ms = 0', 'backoff_cap_ms = 86400001', 'timeout_ms = 9', 'timeout_ms = 3600001', 'max_in_flight = 0',
                    'max_in_flight = 5001', 'rollout_percent = 101', 'rollout_percent = -1', 'instruction = repeat(''x'', 20001)', 'stage = ''video''']) assignment;

-- Voices
select matches(pg_temp.complaint(format('insert into debrief.voices %s', voice)), '^' || code, format('no voice: %s', voice))
  from (values ('(name) values ('''')', '23514'), ('(name, language) values (''v'', ''english!'')', '23514'), ('(name, provider_voice) values (''v'', ''[]'')', '23514'),
               ('(name) values (''default'')', '23505'), ('(name, is_default) values (''v'', true)', '23P01')) as v (voice, code);
select is(pg_temp.complaint('insert into debrief.voices (name, language) values (''v'', ''zh-Hant-TW'')'), 'none', 'a voice of any language');
insert into debrief.voices (name) values ('second'), ('third');
select is(pg_temp.complaint(format('update debrief.voices set is_default = (name = %L)', n)), 'none', format('another default by one statement: %s', n)) from unnest(array['third', 'second', 'third', 'default']) n;
select results_eq('select name from debrief.voices where is_default', array['default'], 'there is one');
select is(pg_temp.complaint('insert into debrief.voices (name) values (''third'') on conflict (name) do nothing'), 'none', 'a voice that is there may be left');

-- Recordings
select matches(pg_temp.complaint(format('insert into debrief.video_recordings (user_id, storage_path) values (gen_random_uuid(), %L)', path)), '^23514', format('no path: %s', left(replace(path, E'\n', ' '), 20)))
  from unnest(array['/etc/passwd', 'a/../b', '..', 'a//b', './a', 'a/.', E'a\nb', repeat('x', 1025)]) path;
select is(pg_temp.complaint(format('insert into debrief.video_recordings (user_id, storage_path) values (gen_random_uuid(), %L)', path)), 'none', format('a path: %s', path))
  from unnest(array['', 'a/b.mp4', '...', 'a/..b/c', 'Größe 1.mp4']) path;
select matches(pg_temp.complaint('insert into debrief.video_recordings (user_id, upload_status) values (gen_random_uuid(), ''done'')'), '^23514', 'an upload status that we know');

-- Settings
select is_empty('select name from pg_settings where name like ''pg\_debrief.%%'' and context not in (''sighup'', ''postmaster'')', 'settings are for the server''s administrator, not for sessions');
select isnt_empty('select name from pg_settings where name = ''pg_debrief.key_file''', 'among them where the keys are');

select * from finish();
rollback;
