# What the checks of packages share: a video becomes spoken feedback in database appdb of cluster $postgres/main,
# by the words of docs/install.md.
# shellcheck shell=bash
postgres=15
owner=11111111-1111-4111-8111-111111111111

step() { printf '%s\n' "-- $*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
expect() { # expect WHAT ACTUAL EXPECTED
  [[ $2 == "$3" ]] || fail "$1: got '$2', not '$3'"
  printf '   %s: %s\n' "$1" "$2"
}
as_postgres() { (cd / && runuser -u postgres -- "$@"); }
sql() { as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 -d "${DATABASE:-appdb}" "$@"; }

# wait_for SECONDS SQL: until the statement says true.
wait_for() {
  local end=$((SECONDS + $1))
  until [[ $(sql -c "$2") == t ]]; do
    if ((SECONDS > end)); then
      sql -x -c 'table debrief.stage_status' -c 'table debrief.feedback_status' -c 'table debrief.worker_status' >&2
      fail "this did not come true: $2"
    fi
    sleep 0.5
  done
}

# start_provider PROGRAM: as a user who owns nothing, as the unit does.
start_provider() {
  (cd /tmp && exec setpriv --reuid nobody --regid nogroup --clear-groups "$1" --listen 127.0.0.1:8089) > /tmp/provider.log 2>&1 &
  local end=$((SECONDS + 60))
  until grep -q '^listening' /tmp/provider.log; do
    ((SECONDS < end)) || { cat /tmp/provider.log >&2; fail 'the local provider does not start'; }
    sleep 0.2
  done
}

name_providers() {
  sql << 'EOF'
alter system set pg_debrief.allowed_hosts = '127.0.0.1';
select pg_reload_conf();
create server local foreign data wrapper debrief options (kind 'http', base_url 'http://127.0.0.1:8089');
create server recordings foreign data wrapper debrief options (kind 'directory', path '/srv/recordings');
update debrief.stages set server = 'local', store = 'recordings' where stage = 'analysis';
update debrief.stages set server = 'local' where stage = 'audio';
EOF
}

# upload_video: from here on the database works alone.
upload_video() {
  mkdir -p "/srv/recordings/$owner"
  /src/local_provider/demo/make_sample "/srv/recordings/$owner/talk.mp4"
  chmod -R a+rX /srv/recordings
  sql -c "insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('$owner', '$owner/talk.mp4', 'completed')"
}

# Every message of the analysis is spoken, and the sounds are sounds.
expect_spoken() {
  wait_for 300 "select status = 'completed' from debrief.analysis_jobs"
  wait_for 300 "select bool_and(status = 'completed') from debrief.feedback_status"
  expect 'the analysis found something to say' "$(sql -c 'select count(*) > 2 from debrief.analysis_feedback')" t
  expect 'every message is a WAV of more than a second' \
    "$(sql -c "select bool_and(encode(substr(g.body, 1, 4), 'escape') = 'RIFF' and a.duration_ms > 1000)
                 from debrief.analysis_audio_segments a, debrief.get_audio(a.feedback_id, a.segment_index) g")" t
}

# speak_again WORDS: a message written by hand is spoken.
speak_again() {
  sql -c "insert into debrief.analysis_feedback (analysis_job_id, message) values (1, '$1')"
  wait_for 120 "select status = 'completed' from debrief.feedback_status where message = '$1'"
  printf '   spoken: %s\n' "$1"
}

list() { as_postgres "/usr/lib/postgresql/$postgres/bin/postgres" -D "/etc/postgresql/$postgres/main" -C shared_preload_libraries; }
