# Scripts and functions mean the same under whatever a session, a role or a database has set for itself.
use strict;
use warnings;
use Debrief;
use Test::More;

my $node = new_cluster('settings', conf => 'pg_debrief.enabled = off');
my @settings = (['standard_conforming_strings', 'off'], ['transform_null_equals', 'on'], ['quote_all_identifiers', 'on'], ['array_nulls', 'off'],
    ['xmloption', 'document'], ['backslash_quote', 'off'], ['escape_string_warning', 'off'], ['check_function_bodies', 'off'],
    ['DateStyle', 'SQL, DMY'], ['IntervalStyle', 'sql_standard'], ['bytea_output', 'escape'], ['extra_float_digits', '-15'],
    ['TimeZone', 'Pacific/Kiritimati'], ['default_transaction_isolation', 'serializable'], ['search_path', 'public'],
    ['plpgsql.variable_conflict', 'use_column'], ['plpgsql.extra_errors', 'all']);
my $owner = owner_id();

# What a session does with a database in which all of that is set: as text, without what differs by nature.
my $statements = qq{
    select conname, pg_get_constraintdef(c.oid) from pg_constraint c join pg_namespace n on n.oid = c.connamespace
     where n.nspname = 'debrief' order by conname;
    select object, problem from debrief.check_installation() order by 1, 2;
    insert into debrief.video_recordings (user_id, storage_path, upload_status) values ('$owner', '$owner/ab/v1.mp4', 'completed');
    select outcome from debrief.start_analysis(1);
    select debrief.store_analysis_results(1, '{"metrics": [{"key": "pace", "value": 1.5}], "feedback": [{"timestamp_seconds": 1, "message": "Hi"}]}');
    insert into debrief.analysis_feedback (analysis_job_id, message) values (1, 'It''s.');
    select message, status, audio_status from debrief.feedback_status order by feedback_id;
    select debrief.cancel_feedback(1);
    select debrief.retry_feedback(1);
    select stage, state from debrief.stage_status order by stage;
    select (debrief.get_analysis_with_metrics(1)) is not null;
    alter table debrief.analysis_feedback alter column message set default 'x';
    drop index debrief.analysis_feedback_audio_due_idx;
    select object, problem from debrief.check_installation() order by 1, 2};

sub outcome
{
    my ($database, @setting) = @_;
    $node->safe_psql('postgres', "create database $database");
    $node->safe_psql('postgres', "alter database $database set $setting[0] = " . ($setting[0] =~ /Style|path/ ? $setting[1] : "'$setting[1]'")) if @setting;
    my ($code, $out, $err) = $node->psql($database, "create extension pg_debrief; set quote_all_identifiers = off; $statements", on_error_stop => 0);
    $node->safe_psql('postgres', "drop database $database");
    return $out . "\n" . join "\n", map { s/^psql:<stdin>:\d+: //r } grep { /ERROR|WARNING/ } split /\n/, $err;
}

my $plain = outcome('plain');
like($plain, qr/index analysis_feedback_audio_due_idx/, 'what is done shows what a session sees');
# The lines that one has and the other has not: the whole is long.
sub difference
{
    my ($other) = @_;
    my %lines;
    $lines{$_}++ for split /\n/, $plain;
    $lines{$_}-- for split /\n/, $other;
    return join "\n", grep { $lines{$_} } sort keys %lines;
}
is(difference(outcome('other', @$_)), '', "$_->[0] = $_->[1] changes nothing of it") for @settings;
$node->stop;
done_testing();
