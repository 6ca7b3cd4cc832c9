# What a database has of pg_debrief, object by object, as lines that two databases can be compared by.
package Catalog;

use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(catalog same_catalog table_data);

# Owners, definitions, comments, grants and who belongs to the extension. Left out are positions (a
# column that was dropped leaves a gap) and names of a view's inner columns (a dump gives them some).
my $query = q{
    with ext as (select oid from pg_extension where extname = 'pg_debrief'),
    members as (select classid, objid from pg_depend where refclassid = 'pg_extension'::regclass and refobjid = (select oid from ext) and deptype = 'e'),
    rels as (select c.*, c.oid::regclass::text as name from pg_class c where relnamespace = 'debrief'::regnamespace),
    procs as (select p.*, p.oid::regprocedure::text as name from pg_proc p where pronamespace = 'debrief'::regnamespace)
    select 'extension ' || extversion from pg_extension where extname = 'pg_debrief'
    union all select format('function %s: %s', name, to_jsonb(p) - array['oid', 'name', 'proacl', 'prosrc', 'pronamespace', 'proowner', 'prorettype',
                            'proargtypes', 'proallargtypes', 'proargdefaults'])
           || pg_get_userbyid(proowner) || pg_get_function_arguments(p.oid) || pg_get_function_result(p.oid) from procs p
    union all select format('body of %s: %s', name, prosrc) from procs p
    union all select format('grant on %s: %s', name, acl) from procs p, unnest(coalesce(proacl, acldefault('f', proowner))) acl
    union all select format('relation %s: %s %s %s %s %s', name, relkind, relpersistence, relrowsecurity, reloptions, pg_get_userbyid(relowner)) from rels
    union all select format('grant on %s: %s', name, acl) from rels, unnest(coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))) acl
               where relkind in ('r', 'v', 'S')
    union all select format('column %s.%s: %s %s %s %s %s', name, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attstorage,
                            (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = attrelid and adnum = attnum))
               from rels join pg_attribute on attrelid = rels.oid and attnum > 0 and not attisdropped where relkind in ('r', 'v')
    union all select format('grant on %s.%s: %s', name, attname, acl) from rels join pg_attribute on attrelid = rels.oid, unnest(attacl) acl
    union all select format('view %s: %s', name, regexp_replace(pg_get_viewdef(oid), ' AS \w+', '', 'g')) from rels where relkind = 'v'
    union all select format('constraint %s of %s: %s', conname, name, pg_get_constraintdef(c.oid)) from rels join pg_constraint c on conrelid = rels.oid
    union all select format('index %s', pg_get_indexdef(indexrelid)) from rels join pg_index on indrelid = rels.oid
    union all select format('trigger %s %s', pg_get_triggerdef(t.oid), tgenabled) from rels join pg_trigger t on tgrelid = rels.oid and not tgisinternal
    union all select format('policy %s', to_jsonb(p)) from pg_policies p where schemaname = 'debrief'
    union all select format('comment on %s.%s: %s', name, objsubid, description)
               from (select coalesce(name || '.' || attname, name) as name, case when attname is null then objsubid else 0 end as objsubid, description
                       from rels join pg_description d on classoid = 'pg_class'::regclass and objoid = rels.oid
                       left join pg_attribute on attrelid = rels.oid and attnum = objsubid and objsubid > 0) q
    union all select format('comment on %s: %s', name, description) from procs p join pg_description on classoid = 'pg_proc'::regclass and objoid = p.oid
    union all select format('wrapper %s: %s', w.fdwname, acl) from pg_foreign_data_wrapper w, unnest(fdwacl) acl where fdwname = 'debrief'
    union all select format('schema: %s', acl) from pg_namespace, unnest(nspacl) acl where nspname = 'debrief'
    union all select format('initial privileges of %s: %s', name, initprivs) from rels join pg_init_privs i on i.classoid = 'pg_class'::regclass and i.objoid = rels.oid
    union all select format('member: %s', pg_describe_object(classid, objid, 0)) from members};

# Lines about what is the user's own (my_...) are left out.
sub catalog
{
    my ($node, $database) = @_;
    my $lines = $node->safe_psql($database, "select coalesce(regexp_replace(line, E'\\\\s+', ' ', 'g'), 'null') from ($query) as q (line) order by 1");
    return grep { !/\bmy_/ } split /\n/, $lines;
}

# Each difference is a line that begins with what it is about.
sub same_catalog
{
    my ($what, $ours, $theirs) = @_;
    my %ours = map { $_ => 1 } @$ours;
    my %theirs = map { $_ => 1 } @$theirs;
    my @differences = ((map { "missing: $_" } grep { !$ours{$_} } @$theirs), (map { "only here: $_" } grep { !$theirs{$_} } @$ours));
    cmp_ok(scalar @$ours, '>', 500, "$what: there is much to compare");
    return is(join("\n", map { substr $_, 0, 400 } @differences), '', $what);
}

# The rows of every table, without what an update adds to them (test/upgrade: a version, a null, a name).
sub table_data
{
    my ($node, $database) = @_;
    my @tables = split /\n/, $node->safe_psql($database, q{select oid::regclass::text collate "C" from pg_class where relnamespace = 'debrief'::regnamespace and relkind = 'r' order by 1});
    return join "\n", grep { !/ $/ } map {
        "$_ " . $node->safe_psql($database, qq{select string_agg(r::text, ' ' order by r::text) from $_ t,
            lateral (select to_jsonb(t) - '{tables_version,words}'::text[] - case when to_jsonb(t) ->> 'tls_ms' is null then 'tls_ms' else '' end
                            || case when to_jsonb(t) ? 'words' then jsonb_build_object('detail', to_jsonb(t) -> 'words') else '{}' end) q (r)}) } @tables;
}

1;
