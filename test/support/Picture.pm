# What a copy of a database must have kept, whatever made the copy: the pipeline's rows, and all that
# its user may have added, granted or set. Two databases are the same when their pictures are.
package Picture;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(picture);

# A grant that is the default may be written down or not; 17 added a privilege to the defaults (m).
my %sql = (
    (map { ("rows of $_" => "select md5(string_agg(t::text, ',' order by t::text)) from debrief.$_ t") }
        qw(video_recordings analysis_jobs analysis_metrics analysis_feedback analysis_ssml_segments
           analysis_audio_segments audio_objects stages voices)),
    'servers' => q{select string_agg(srvname || o::text, ',' order by srvname, o::text) from pg_foreign_server, unnest(srvoptions) o},
    'policies' => q{select string_agg(p::text, E'\n' order by tablename, policyname) from pg_policies p},
    'triggers' => q{select string_agg(pg_get_triggerdef(oid), E'\n' order by tgrelid::regclass::text, tgname) from pg_trigger where not tgisinternal},
    'indexes' => q{select string_agg(indexdef, E'\n' order by indexname) from pg_indexes where schemaname = 'debrief'},
    'constraints' => q{select string_agg(pg_get_constraintdef(oid), E'\n' order by conrelid::regclass::text, conname) from pg_constraint where connamespace = 'debrief'::regnamespace},
    'comments' => q{select count(*) from pg_description where objoid >= 16384},
    'grants on tables' => q{select replace(string_agg(relname || coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))::text, E'\n' order by relname), 'm/', '/')
                              from pg_class where relnamespace = 'debrief'::regnamespace and relkind in ('r', 'v', 'S')},
    'grants on the schema and the wrapper' => q{select nspacl::text || (select fdwacl from pg_foreign_data_wrapper)::text from pg_namespace where nspname = 'debrief'},
    'grants on columns' => q{select string_agg(attrelid::regclass || attname || attacl::text, E'\n' order by attrelid::regclass::text, attname)
                             from pg_attribute join pg_class c on c.oid = attrelid where attacl is not null and relnamespace = 'debrief'::regnamespace},
    'grants on functions' => q{select string_agg(oid::regprocedure || coalesce(proacl, acldefault('f', proowner))::text, E'\n' order by oid::regprocedure::text) from pg_proc where pronamespace = 'debrief'::regnamespace});

sub picture
{
    my ($node, $database) = @_;
    return {map { $_ => $node->safe_psql($database, $sql{$_}) } keys %sql};
}

1;
