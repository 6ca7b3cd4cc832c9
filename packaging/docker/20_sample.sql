-- Of compose.yaml: the local provider serves, and its sample is uploaded.
create server local foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:8089', max_in_flight '2');
create server recordings foreign data wrapper debrief options (kind 'directory', path '/srv/recordings');
update debrief.stages set server = 'local', store = 'recordings' where stage = 'analysis';
update debrief.stages set server = 'local' where stage = 'audio';
create role looker login;
select debrief.grant_access('looker', 'reader');
create role outer1 login;
select debrief.grant_access('outer1', 'worker');
insert into debrief.video_recordings (user_id, storage_path, original_filename, upload_status)
values ('11111111-1111-4111-8111-111111111111', '11111111-1111-4111-8111-111111111111/sample.mp4', 'sample.mp4', 'completed');
