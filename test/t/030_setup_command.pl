# pg_debrief_setup: the list of preloaded libraries gains ours wherever it is set and however it is
# written, loses nothing, and is as it was after --remove.
use strict;
use warnings;
use Cwd ();
use Debrief;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $bin = qx(pg_config --bindir));

# The command on a cluster: exit code and what it said.
sub setup
{
    my ($node, @arguments) = @_;
    my ($out, $err);
    my $code = IPC::Run::run(["$bin/pg_debrief_setup", '--data', $node->data_dir, @arguments], '<', \'', '>', \$out, '2>', \$err) ? 0 : $? >> 8;
    return ($code, $out . $err);
}

# The same on a terminal, where it may ask.
sub setup_on_terminal
{
    my ($node, $answer, @arguments) = @_;
    my $out = '';
    my $code = IPC::Run::run(["$bin/pg_debrief_setup", '--data', $node->data_dir, @arguments], '<pty<', \"$answer\n", '>pty>', \$out) ? 0 : $? >> 8;
    return ($code, $out);
}

sub in_force
{
    my ($node) = @_;
    chomp(my $value = qx($bin/postgres -D @{[$node->data_dir]} -C shared_preload_libraries));
    return $value;
}

# The lines of a file that set something, in the main file or another.
sub lines_of { my ($node, $name) = @_; return join "\n", grep { /^\s*[^#\s]/ } split /\n/, slurp_file(file($node, $name)) }

sub file { my ($node, $name) = @_; return $node->data_dir . "/$name" }

sub new_node
{
    my ($name, $conf, %files) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init;
    mkdir file($node, 'conf.d');
    $node->append_conf('postgresql.conf', "$conf\n");
    append_to_file(file($node, $_), $files{$_}) for keys %files;
    return $node;
}

# The only cluster of the machine, down: it is written to when it is named, and not by default.
{
    my $tools = new_folder();
    my ($version) = qx($bin/postgres -V) =~ / (\d+)/;
    my $only = new_node('only', "shared_preload_libraries = 'auto_explain, pg_debrief'");
    mkdir "$tools/$version";
    symlink $only->data_dir, "$tools/$version/main";
    append_to_file("$tools/pg_lsclusters", "#!/bin/sh\necho $version main 5432 \${ONLY_STATUS:-down} postgres @{[$only->data_dir]} $tools/log\n");
    chmod 0755, "$tools/pg_lsclusters";
    local %ENV = (%ENV, PATH => "$tools:$ENV{PATH}", PG_CLUSTER_CONF_ROOT => $tools);
    delete @ENV{qw(PGDATA PGHOST PGHOSTADDR PGPORT PGSERVICE)};
    my ($out, $err);
    my $runs = sub { return IPC::Run::run(["$bin/pg_debrief_setup", @_], '<', \'', '>', \$out, '2>', \$err) };
    for my $name (qw(PGDATA PGHOST PGHOSTADDR PGPORT PGSERVICE)) {
        local $ENV{$name} = 5433;
        ok(!$runs->('appdb'), "$name may mean another server");
        is($err, "pg_debrief_setup: $name is set, and no cluster is named\nHINT:  Name it: --cluster 15/main, or --data FOLDER.\n", 'which is said');
    }
    ok(!$runs->('appdb'), 'a cluster that is down and was not named');
    like($err, qr{cluster $version/main is down, and was not named\nHINT:  Start it: pg_ctlcluster $version main start. Or name it: --cluster $version/main}, 'is left alone');
    $runs->('--cluster', "$version/main", 'appdb') || unlike($err, qr/was not named/, 'but not when it is named');
    for my $status (qw(down online)) {
        local $ENV{ONLY_STATUS} = $status;
        ok(!$runs->('--remove', @$_), "--remove @$_ names no cluster")
            and is($err, "pg_debrief_setup: --remove is set, and no cluster is named\nHINT:  Name it: --cluster 15/main, or --data FOLDER.\n", 'which is said')
            for [], ['appdb'];
        is(in_force($only), 'auto_explain, pg_debrief', "and the only one, which is $status, is left alone");
    }
    ok($runs->('--in-use'), '--in-use only looks');
    ok($runs->('--remove', '--cluster', "$version/main"), 'what is named is touched') or diag($err);
    is(in_force($only), 'auto_explain', 'and that alone');
}

# A server that is down: the files alone.
my @cases = (
    # what is written, in which file more, what it becomes, the file that says so
    ['an empty list', "shared_preload_libraries = ''", {}, 'pg_debrief', 'postgresql.conf'],
    ['one library', "shared_preload_libraries = 'auto_explain'", {}, 'auto_explain, pg_debrief', 'postgresql.conf'],
    ['two libraries', "shared_preload_libraries = 'auto_explain,pg_stat_statements'", {}, 'auto_explain,pg_stat_statements, pg_debrief', 'postgresql.conf'],
    ['a quoted name', q{shared_preload_libraries='"auto_explain", pg_stat_statements'}, {}, '"auto_explain", pg_stat_statements, pg_debrief', 'postgresql.conf'],
    ['a word with a comment', 'shared_preload_libraries auto_explain # ours since 2019', {}, 'auto_explain, pg_debrief', 'postgresql.conf'],
    ['a quote and a backslash', q{shared_preload_libraries = 'o''clock, back\\\\slash'}, {}, q{o'clock, back\\slash, pg_debrief}, 'postgresql.conf'],
    ['a line that a later one overrules', "shared_preload_libraries = 'auto_explain'\nShared_Preload_Libraries = 'pg_stat_statements'", {}, 'pg_stat_statements, pg_debrief', 'postgresql.conf'],
    ['a folder of files, one of which sets it', "include_dir 'conf.d'", {'conf.d/50_ours.conf' => "shared_preload_libraries = 'auto_explain'\n"}, 'auto_explain, pg_debrief', 'conf.d/50_ours.conf'],
    ['a folder of files, none of which sets it', "include_dir = 'conf.d'", {}, 'pg_debrief', 'conf.d/pg_debrief.conf'],
    ['ALTER SYSTEM, over a line of ours', "include_dir 'conf.d'", {'conf.d/pg_debrief.conf' => "# ours\nshared_preload_libraries = 'x, pg_debrief'\n", 'postgresql.auto.conf' => "shared_preload_libraries = 'auto_explain'\n"}, 'auto_explain, pg_debrief', 'postgresql.auto.conf'],
    ['ALTER SYSTEM, over a file', "shared_preload_libraries = 'auto_explain'", {'postgresql.auto.conf' => "shared_preload_libraries = 'pg_stat_statements'\n"}, 'pg_stat_statements, pg_debrief', 'postgresql.auto.conf'],
);
for my $number (0 .. $#cases) {
    my ($name, $conf, $files, $expected, $where) = @{$cases[$number]};
    my $node = new_node("down$number", $conf, %$files);
    my $before = in_force($node);
    my ($code, $said) = setup($node, 'postgres');
    is($code, 3, "$name: the list is set, and the server must be started") or diag($said);
    is(in_force($node), $expected, "$name: ours is appended");
    like(lines_of($node, $where), qr/^shared_preload_libraries = .*pg_debrief'/m, "$name: where it was set");
    like(lines_of($node, $where), qr/pg_debrief' # ours since 2019$/m, "$name: the comment stays") if $conf =~ /#/;
    my $after = lines_of($node, $where);
    setup($node, 'postgres');
    is(lines_of($node, $where), $after, "$name: the second call changes nothing");
    ($code) = setup($node, '--remove');
    is($code, 0, "$name: it can be taken off");
    my $left = in_force($node);
    s/["\s]//g for $before, $left;
    is($left, $before, "$name: the others are still there, in their order");
    is(scalar(grep { /pg_debrief/ } map { lines_of($node, $_) } 'postgresql.conf', 'postgresql.auto.conf', map { s/.*(conf\.d)/$1/r } glob file($node, 'conf.d/*.conf')), 0, "$name: no line names ours");
}

# A server that runs.
my $node = new_node('live', "max_worker_processes = 16");
$node->start;
$node->safe_psql('postgres', $_) for 'create database appdb', 'create database other', 'alter system set shared_preload_libraries = auto_explain, pg_stat_statements';
my ($code, $said) = setup($node, 'nobodys');
is($code, 1, 'a database that is not there is an error');
is(in_force($node), 'auto_explain, pg_stat_statements', 'and nothing is changed for it');
($code, $said) = setup($node, 'appdb');
is($code, 3, 'without --restart the server is left alone');
like($said, qr/needs a restart: .*pg_ctl .*restart/, 'and what to type is said');
is($node->safe_psql('postgres', 'show shared_preload_libraries'), '', 'it still runs as it did');
($code, $said) = setup_on_terminal($node, 'n', 'appdb');
like("$code $said", qr/^3 .*Restart cluster .* now\? .*needs a restart/s, 'on a terminal it asks, and takes no for an answer');
($code, $said) = setup($node, '--restart', 'appdb');
is($code, 0, 'with --restart all is done');
is($node->safe_psql('postgres', 'show shared_preload_libraries'), 'auto_explain, pg_stat_statements, pg_debrief', 'every library is loaded');
is($node->safe_psql('appdb', q{select count(*) from pg_extension where extname = 'pg_debrief'}), 1, 'the extension is there');
like($said, qr/analysis: .*no server.*CREATE SERVER|analysis: .*UPDATE debrief.stages/s, 'what remains is said');
my $started = $node->safe_psql('postgres', 'select pg_postmaster_start_time()');
($code) = setup($node, '--restart', 'appdb', 'other');
is("$code " . $node->safe_psql('postgres', 'select pg_postmaster_start_time()'), "0 $started", 'a second database needs no restart');

($code, $said) = setup($node, '--in-use');
is("$code $said", '4 ' . join('', map { $node->data_dir . " $_\n" } 'appdb', 'other'), 'the databases that have it, for the removal of a package');

# All clusters of a version, one of which is down.
{
    my $tools = new_folder();
    my ($version) = qx($bin/postgres -V) =~ / (\d+)/;
    mkdir "$tools/$version";
    symlink $node->data_dir, "$tools/$version/main";
    symlink new_node('down', '')->data_dir, "$tools/$version/down";
    append_to_file("$tools/pg_lsclusters", "#!/bin/sh\n" . join '', map { "echo $version $_ 5432 online postgres " . Cwd::abs_path("$tools/$version/$_") . " $tools/log\n" } 'down', 'main');
    chmod 0755, "$tools/pg_lsclusters";
    local %ENV = (%ENV, PATH => "$tools:$ENV{PATH}", PG_CLUSTER_CONF_ROOT => $tools);
    my $run = sub { return IPC::Run::run(["$bin/pg_debrief_setup", '--in-use', @_], '<', \'', '>', \$said) ? 0 : $? >> 8 };
    is($run->($version) . " $said", "4 $version/main appdb\n$version/main other\n", 'of all clusters of a version');
    is($run->('9') . " $said", '0 ', 'and of no other');
}

# Out again: with its data, and from the list only when nobody needs it.
$node->safe_psql('appdb', qq{insert into debrief.video_recordings (user_id, storage_path) values ('@{[owner_id()]}', '@{[owner_id()]}/a.mp4')});
($code, $said) = setup($node, '--remove', 'appdb');
like($said, qr/stays as it is: pg_debrief works in other too/, 'another database keeps it on the list');
is($node->safe_psql('appdb', 'select count(*) from debrief.video_recordings'), 1, 'the data is kept');
($code, $said) = setup_on_terminal($node, 'y', '--remove', 'other');
is($code, 0, 'on a terminal, yes is an answer too') or diag($said);
is($node->safe_psql('postgres', 'show shared_preload_libraries'), 'auto_explain, pg_stat_statements', 'the last one takes it off, and the server runs without it');
($code, $said) = setup($node, '--in-use');
is("$code $said", '0 ', 'no database has it any more');

# What would not start is found before it stops a server, or is put back after it did.
$node->safe_psql('postgres', q{alter system set shared_preload_libraries = 'auto_explain,pg_stat_statements'});
($code, $said) = setup($node, '--restart', 'appdb');
like($said, qr/names one library 'auto_explain,pg_stat_statements'.*HINT: .*ALTER SYSTEM SET shared_preload_libraries = auto_explain,pg_stat_statements/s, 'one name with a comma in it is refused');
my $broken = new_folder();
append_to_file("$broken/pg_debrief.so", 'not a library');
$node->safe_psql('postgres', $_) for 'alter system set shared_preload_libraries = auto_explain', "alter system set dynamic_library_path = '$broken:\$libdir'";
($code, $said) = setup($node, '--restart', 'appdb');
is($code, 1, 'a server that does not start is an error');
like($said, qr/it runs with its old list again/, 'which is said');
is($node->safe_psql('postgres', 'show shared_preload_libraries'), 'auto_explain', 'and it runs with its old list');

$node->stop;
system_or_bail('pg_ctl', '-s', '-w', '-D', $node->data_dir, '-l', $node->logfile, '-o', '-c shared_preload_libraries=pg_stat_statements', 'start');
($code, $said) = setup($node, 'appdb');
like($said, qr/set on the server's command line.*HINT/s, 'a list of the command line cannot be changed in a file');
system_or_bail('pg_ctl', '-s', '-w', '-D', $node->data_dir, '-m', 'fast', 'stop');

done_testing();
