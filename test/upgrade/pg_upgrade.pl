# pg_upgrade from an older server: rows in every state and all that is the user's are kept, nothing is
# queued again, and the new cluster calls nobody until debrief.activate_copy(). Run by check-versions, which
# knows of an older installation.
use strict;
use warnings;
use Debrief;
use Picture;
use PostgreSQL::Test::Utils;
use Test::More;

my $installation = $ENV{OLD_INSTALLATION} or die "OLD_INSTALLATION names no folder";
my $conf = "pg_debrief.safety_poll = '100ms'";
my %init = (extra => [qw(--locale=C.UTF-8 --encoding=UTF8)]);
my $old = new_cluster('old', node => {install_path => $installation}, conf => $conf, init => \%init);
my $old_version = $old->safe_psql('postgres', 'show server_version_num');
my $stub = new_stub();
my $root = $stub->serve($old);

# Spoken, failed, in the middle of a call, and waiting.
add_recording($old, $root, "talk$_.mp4") for 1 .. 2;
wait_for_sql($old, q{select count(*) = 4 from debrief.analysis_feedback where audio_status = 'completed'});
my $job = $old->safe_psql('postgres', 'select min(id) from debrief.analysis_jobs');
sub add_feedback { my ($message) = @_; $old->safe_psql('postgres', qq{insert into debrief.analysis_feedback (analysis_job_id, message) values ($job, '$message')}) }

$stub->script('/v1/speech', {status => 400, body => '{"error": {"code": "bad_request", "message": "No."}}'});
add_feedback('Fails.');
wait_for_sql($old, q{select audio_status = 'failed' from debrief.analysis_feedback where message = 'Fails.'});
$stub->script('/v1/speech', {action => 'hold'});
add_feedback('Is being spoken.');
wait_until(sub { grep { $_->{state} eq 'open' } $stub->requests('/v1/speech') }, 'a call is in flight');
$old->stop('immediate');
$old->append_conf('postgresql.conf', 'pg_debrief.enabled = off');
$old->start;
$stub->script('/v1/speech');
add_feedback('Waits.');
$old->safe_psql('postgres', q{
    alter table debrief.analysis_feedback add column my_note text default 'mine';
    create policy mine on debrief.analysis_feedback for select to debrief_reader using (my_note = 'mine');
    create index my_index on debrief.analysis_feedback (my_note);
    create role ann login in role debrief_app;
    grant insert (analysis_job_id, message) on debrief.analysis_feedback to ann;
    insert into debrief.voices (name, language, ssml_instruction) values ('calm', 'en-GB', 'Speak calmly.');
    create server spare foreign data wrapper debrief options (kind 'http', base_url 'https://spare.example.com', key 'spare');
    update debrief.stages set max_attempts = 7 where stage = 'audio';});

my $states = q{select message, ssml_status, audio_status, audio_attempts, audio_error_code from debrief.analysis_feedback order by id};
my $old_states = $old->safe_psql('postgres', $states);
like($old_states, qr/^Fails\.\|completed\|failed\|1\|bad_request\nIs being spoken\.\|completed\|processing\|1\|\nWaits\.\|queued\|queued\|0\|$/m,
    'before: a row has failed, one is being spoken, one waits');
my $picture = picture($old, 'postgres');
my $roles = q{select string_agg(r.rolname || r.rolcanlogin || r.rolbypassrls || r.rolconnlimit || coalesce(m.roleid::regrole::text, ''), ',' order by r.rolname, m.roleid::regrole::text)
    from pg_roles r left join pg_auth_members m on m.member = r.oid where r.rolname ~ '^(ann|debrief)'};
my $old_roles = $old->safe_psql('postgres', $roles);
my $calls = () = $stub->requests;
$old->stop;

# A cluster of the newer version, made by pg_upgrade, running.
sub upgraded
{
    my ($mode) = @_;
    my $new = new_cluster("new_$mode", bare => 1, conf => "$conf\npg_debrief.enabled = off", init => \%init);
    $new->stop;
    my $place = new_folder();
    chdir $place or die "$place: $!";
    $new->command_ok(['pg_upgrade', "--$mode", '-d', $old->data_dir, '-D', $new->data_dir, '-b', "$installation/bin",
        '-B', $new->config_data('--bindir'), '-s', $place, '-p', $old->port, '-P', $new->port], "pg_upgrade --$mode");
    $new->start;
    return $new;
}

# The worker has begun to work, and has since gone through its queue.
sub worker_has_looked
{
    my ($node) = @_;
    wait_until(sub { slurp_file($node->logfile) =~ /this database is a copy/ }, 'the worker sees that it is in a copy');
    my $seen = q{select max(state_change) from pg_stat_activity where backend_type = 'pg_debrief worker' and state = 'idle'};
    for (1 .. 2) {
        my $before = wait_until(sub { $node->safe_psql('postgres', $seen) }, 'the worker is idle');
        wait_until(sub { $node->safe_psql('postgres', $seen) gt $before }, 'the worker looks again');
    }
}

for my $mode ('copy', 'link') {
    my $new = upgraded($mode);
    cmp_ok($new->safe_psql('postgres', 'show server_version_num'), '>', $old_version, "$mode: the server is newer");
    is($new->safe_psql('postgres', $states), $old_states, "$mode: every row is in the state it was in");
    my $kept = picture($new, 'postgres');
    is($kept->{$_}, $picture->{$_}, "$mode: $_ are the same") for sort keys %$picture;
    is($new->safe_psql('postgres', $roles), $old_roles, "$mode: the roles are the same");

    $new->append_conf('postgresql.conf', 'pg_debrief.enabled = on');
    $new->reload;
    worker_has_looked($new);
    is($new->safe_psql('postgres', $states), $old_states, "$mode: the worker leaves what was cut off as it is, and queues nothing");
    is($new->safe_psql('postgres', q{select distinct state from debrief.stage_status}), 'copy', "$mode: the pipeline waits for debrief.activate_copy()");
    is(scalar(() = $stub->requests), $calls, "$mode: no call was made");

    $new->safe_psql('postgres', 'select debrief.activate_copy()');
    wait_for_sql($new, q{select count(*) = 6 from debrief.analysis_feedback where audio_status = 'completed'}, 'all is spoken');
    is($new->safe_psql('postgres', $states), $old_states =~ s/completed\|processing\|1/completed|completed|2/r =~ s/queued\|queued\|0/completed|completed|1/r,
        "$mode: after activate_copy() what waited is spoken, and the call that was cut off is made again");
    $calls += 2;
    is(scalar(() = $stub->requests), $calls, "$mode: no other call is made");
    $new->stop;
}
done_testing();
