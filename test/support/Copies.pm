# What the tests of dumps, base backups and subscribers share: what two databases must have in
# common, and how to know that a worker has looked at a copy and kept still.
package Copies;

use strict;
use warnings;
use Debrief;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(rows_of keeps_still state_of finished everything_of same_everything);

# The rows of the pipeline's tables, or of those named, in one digest.
my @tables = qw(video_recordings analysis_jobs analysis_metrics analysis_feedback analysis_ssml_segments analysis_audio_segments audio_objects);

sub rows_of
{
    my ($node, $database, @only) = @_;
    my $all = join ' || ', map { "coalesce((select md5(string_agg(t::text, ',' order by t::text)) from debrief.$_ t), '-')" } @only ? @only : @tables;
    return $node->safe_psql($database, "select $all");
}

# How often a worker of the database has cleaned up; needs track_functions = all. What a worker would
# do to a copy it has done by then.
sub looks { my ($node, $database) = @_; return $node->safe_psql($database, q{select coalesce(sum(calls), 0) from pg_stat_user_functions where funcname = '_note_copy'}) }

# Does something, waits for the worker to look twice more, and then compares: nothing was called, no
# row was changed.
sub keeps_still
{
    my ($node, $database, $stub, $what, $action) = @_;
    my $rows = rows_of($node, $database);
    my $calls = () = $stub->requests;
    $action->() if $action;
    my $before = looks($node, $database);
    wait_until(sub { looks($node, $database) >= $before + 2 }, "$what: a worker looks at the database", 30);
    is(scalar(() = $stub->requests), $calls, "$what: no call is made");
    is(rows_of($node, $database), $rows, "$what: no row is touched");
    return;
}

sub state_of { my ($node, $database) = @_; return $node->safe_psql($database, q{select string_agg(distinct state, ',') from debrief.stage_status}) }

# Whether nothing is left to do but what is blank or has failed.
sub finished
{
    my ($node, $database) = @_;
    return $node->safe_psql($database, q{
        select not exists (select from debrief.analysis_jobs where status in ('queued', 'processing'))
           and not exists (select from debrief.analysis_feedback where ssml_due_at is not null or audio_due_at is not null or claim_token is not null and lease_expires_at is not null)}) eq 't';
}

# What must be the same in a database and its copy. A grant that is the default may be written down or not.
my $schema = q{'debrief'::regnamespace};
my %everything = (
    (map { ("rows of $_" => "select md5(string_agg(t::text, ',' order by t::text)) from debrief.$_ t") } @tables,
        qw(stages voices server_states server_limits server_usage object_deletions attempts installation)),
    # A worker that looks at the copy draws its own identity from the sequence of claim tokens.
    'sequences' => q{select string_agg(sequencename || last_value, ',' order by sequencename) from pg_sequences where schemaname = 'debrief' and sequencename <> 'claim_token_seq'},
    'columns' => "select string_agg(attrelid::regclass::text || attname || format_type(atttypid, atttypmod) || coalesce(pg_get_expr(adbin, adrelid), ''), E'\\n' order by attrelid::regclass::text, attname)
                    from pg_attribute join pg_class c on c.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
                   where relnamespace = $schema and relkind = 'r' and attnum > 0 and not attisdropped",
    # Their definitions read a little differently after each restore.
    'views' => q{select string_agg(c.oid::regclass || coalesce(c.reloptions::text, '') || columns, E'\n' order by c.oid::regclass::text) from pg_class c
                 cross join lateral (select string_agg(attname || format_type(atttypid, atttypmod), ',' order by attnum) as columns from pg_attribute where attrelid = c.oid) a
                  where c.relkind = 'v' and c.relnamespace::regnamespace::text in ('debrief', 'public')},
    'servers' => q{select string_agg(srvname || o::text, ',' order by srvname, o::text) from pg_foreign_server, unnest(srvoptions) o},
    'user mappings' => q{select string_agg(srvname || usename || coalesce(umoptions::text, ''), ',' order by srvname, usename) from pg_user_mappings},
    'policies' => q{select string_agg(p::text, E'\n' order by tablename, policyname) from pg_policies p},
    'row level security' => "select string_agg(relname || relrowsecurity || relforcerowsecurity, ',' order by relname) from pg_class where relnamespace = $schema and relkind = 'r'",
    'triggers' => q{select string_agg(pg_get_triggerdef(oid) || tgenabled::text, E'\n' order by tgrelid::regclass::text, tgname) from pg_trigger where not tgisinternal},
    'indexes' => q{select string_agg(indexdef, E'\n' order by indexname) from pg_indexes where schemaname = 'debrief'},
    'storage parameters' => "select string_agg(relname || reloptions::text, ',' order by relname) from pg_class where relnamespace = $schema and relkind = 'r' and reloptions is not null",
    'constraints' => "select string_agg(pg_get_constraintdef(oid), E'\\n' order by conrelid::regclass::text, conname) from pg_constraint where connamespace = $schema",
    'comments' => q{select string_agg(i.identity || d.description, E'\n' order by i.identity) from pg_description d
                     cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i where i.identity like '%debrief%' or i.type in ('server', 'foreign-data wrapper')},
    'grants on tables' => "select string_agg(relname || coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::\"char\", relowner))::text, E'\\n' order by relname)
                             from pg_class where relnamespace = $schema and relkind in ('r', 'v', 'S')",
    'grants on the schema and the wrapper' => q{select nspacl::text || (select fdwacl from pg_foreign_data_wrapper)::text from pg_namespace where nspname = 'debrief'},
    'grants on servers' => q{select string_agg(srvname || srvacl::text, ',' order by srvname) from pg_foreign_server where srvacl is not null},
    'grants on columns' => q{select string_agg(attrelid::regclass || attname || attacl::text, E'\n' order by attrelid::regclass::text, attname) from pg_attribute where attacl is not null},
    'grants on functions' => "select string_agg(oid::regprocedure || coalesce(proacl, acldefault('f', proowner))::text, E'\\n' order by oid::regprocedure::text) from pg_proc where pronamespace = $schema",
    'members of the extension' => q{select string_agg(pg_describe_object(classid, objid, 0), E'\n' order by pg_describe_object(classid, objid, 0)) from pg_depend
                                     where refclassid = 'pg_extension'::regclass and refobjid = (select oid from pg_extension where extname = 'pg_debrief')});

sub everything_of { my ($node, $database) = @_; return {map { $_ => $node->safe_psql($database, $everything{$_}) } keys %everything} }

# Compares all of it, but what is left out.
sub same_everything
{
    my ($node, $database, $origin, $what, @but) = @_;
    my %left_out = map { $_ => 1 } @but;
    is($node->safe_psql($database, $everything{$_}), $origin->{$_}, "$what: $_ are the same") for grep { !$left_out{$_} } sort keys %everything;
    return;
}

1;
