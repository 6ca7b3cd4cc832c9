# A cluster as pg_debrief_setup sees it: where it is, who owns it, what it preloads and where that is set.
package DebriefCluster;

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);

our @EXPORT = qw($SETTING fail say_line content_of libraries debian_cluster plain_cluster find_owner output_of list_in_force
    find_server sql with_own_rights change_list all_places write_place);
our $SETTING = 'shared_preload_libraries';
my $NOTE = "# written by pg_debrief_setup\n";

# fail(MESSAGE, HINT): ends the program, in PostgreSQL's form.
sub fail
{
    my ($message, $hint) = @_;
    print STDERR "pg_debrief_setup: $message\n", defined $hint ? "HINT:  $hint\n" : ();
    exit 1;
}

sub say_line { print "$_[0]\n"; return }

# The libraries that PostgreSQL reads from the text of a list: quoted names may hold commas and blanks.
sub libraries
{
    my ($text) = @_;
    my @found;
    return @found if $text !~ /\S/;
    for (;;) {
        $text =~ /\G\s*(?:"((?:[^"]|"")+)"|([^\s",](?:[^,]*[^\s,])?))\s*/gc
            or fail("$SETTING is no list of libraries: $text", 'Correct it first: the server would not start with it.');
        push @found, defined $1 ? $1 =~ s/""/"/gr : $2;
        last if $text =~ /\G\z/gc;
        $text =~ /\G,/gc or fail("$SETTING is no list of libraries: $text", 'Correct it first: the server would not start with it.');
    }
    return @found;
}

# A cluster of Debian's, by version/name; without one, the only cluster there is: if it runs, or may be down.
sub debian_cluster
{
    my ($wanted, $may_be_down) = @_;
    my @all = map { [split ' '] } split /\n/, qx(pg_lsclusters --no-header);
    my @matching = defined $wanted ? grep { "$_->[0]/$_->[1]" eq $wanted } @all : @all;
    my $names = join ', ', map { "$_->[0]/$_->[1]" } @all;
    fail("there is no cluster $wanted", @all ? "There are: $names." : undef) if defined $wanted && !@matching;
    fail('this machine has no cluster', 'Make one with pg_createcluster.') if !@matching;
    fail('this machine has several clusters', "Name one with --cluster: $names.") if @matching > 1;
    my ($version, $name, undef, $status, undef, $data) = @{$matching[0]};
    fail("cluster $version/$name is down, and was not named", "Start it: pg_ctlcluster $version $name start. Or name it: --cluster $version/$name.")
        if !defined $wanted && !$may_be_down && $status !~ /^online/;
    my $root = $ENV{PG_CLUSTER_CONF_ROOT} // '/etc/postgresql';
    return {
        name => "$version/$name", bin => "/usr/lib/postgresql/$version/bin", configuration => "$root/$version/$name", data => $data,
        control => sub { my ($action) = @_; return ['pg_ctlcluster', $version, $name, $action] },
    };
}

# A cluster by its data folder, for servers that no package installed.
sub plain_cluster
{
    my ($data) = @_;
    my $path = -e "$data/postgresql.conf" ? abs_path($data) : fail("$data is no data folder of PostgreSQL: it has no postgresql.conf");
    my $here = dirname(abs_path($0));
    my $bin = -x "$here/postgres" ? $here : qx(pg_config --bindir 2> /dev/null);
    chomp $bin;
    -x "$bin/postgres" or fail('the programs of PostgreSQL are not found', 'Have the pg_config of that server in the PATH.');
    return {
        name => $path, bin => $bin, configuration => $path, data => $path,
        control => sub { my ($action) = @_; return ["$bin/pg_ctl", '-D', $path, '-w', '-s', '-l', "$path/pg_debrief_setup.log", $action] },
    };
}

# Who the server runs as. From here on root touches files with that user's rights only: they may have put links in root's way.
sub find_owner
{
    my ($cluster) = @_;
    my ($owner, $group) = (stat $cluster->{data})[4, 5];
    defined $owner or fail("$cluster->{data} cannot be read: $!", 'Run this as root.');
    my $name = getpwuid $owner;
    $cluster->{as_owner} = $> == $owner ? [] : $> == 0 ? ['runuser', '-u', $name, '--'] : fail("cluster $cluster->{name} belongs to $name", "Run this as root or $name.");
    return if $> != 0;
    $) = "$group $group";
    $> = $owner;
    return;
}

# Calls the code with the rights that this program was started with.
sub with_own_rights
{
    my ($code) = @_;
    local $> = $<;
    local $) = $( =~ s/^(\d+).*/$1 $1/r;
    return $code->();
}

# The output of a command that runs as the cluster's owner; undef when it fails, having said why.
sub output_of
{
    my ($cluster, @command) = @_;
    chdir '/';
    my $pipe = with_own_rights(sub { open my $in, '-|', @{$cluster->{as_owner}}, @command or return; return $in }) or return;
    local $/;
    my $output = <$pipe> // '';
    close $pipe or return;
    return $output =~ s/\n\z//r;
}

# What the next start will take from all files: PostgreSQL's own answer.
sub list_in_force
{
    my ($cluster) = @_;
    return output_of($cluster, "$cluster->{bin}/postgres", '-D', $cluster->{configuration}, '-C', $SETTING)
        // fail("the configuration of $cluster->{name} cannot be read", 'Correct what the line above says.');
}

# Port and folder of the socket of the server that runs, and whether one does.
sub find_server
{
    my ($cluster) = @_;
    delete $cluster->{port};
    open my $file, '<', "$cluster->{data}/postmaster.pid" or return 0;
    my ($pid, undef, undef, $port, $socket, $address) = map { s/\s+$//r } <$file>;
    return 0 if !$pid || !kill 0, $pid;
    @$cluster{qw(port host)} = ($port, $socket || ($address && $address ne '*' ? $address : 'localhost'));
    return 1;
}

sub sql
{
    my ($cluster, $database, $statement) = @_;
    local %ENV = (%ENV, PGPORT => $cluster->{port}, PGHOST => $cluster->{host}, PGOPTIONS => '-c client_min_messages=warning');
    delete @ENV{qw(PGHOSTADDR PGSERVICE)};
    return output_of($cluster, "$cluster->{bin}/psql", qw(-X -q -A -t -v ON_ERROR_STOP=1 -d), $database, '-c', $statement) // fail("database $database: the statement failed");
}

sub content_of { my ($file) = @_; open my $in, '<', $file or fail("$file cannot be read: $!"); local $/; return scalar <$in> // '' }

# Replaces a file as a whole, or makes it, with the mode of the model.
sub write_file
{
    my ($file, $content, $model) = @_;
    my $mode = (stat $model)[2];
    my $fresh = "$file.pg_debrief_setup";
    open my $out, '>', $fresh or fail("$fresh cannot be written: $!", 'Set it yourself; then run this again.');
    print {$out} $content and close $out and chmod $mode & 07777, $fresh and rename $fresh, $file or fail("$file cannot be written: $!");
    return;
}

# A line that sets the list: what it says, by the rules of postgresql.conf.
my $LINE = qr/^\s*$SETTING\b\s*=?\s*(?:'((?:[^'\\]|''|\\.)*)'|([^\s#]*))/i;

# Every place that sets the list, in PostgreSQL's order: the last one counts. Included folders are noted.
sub places
{
    my ($cluster, $file) = @_;
    my ($found, $number) = ([], 0);
    for my $line (split /^/, content_of($file)) {
        $number++;
        push @$found, {file => abs_path($file), line => $number, list => defined $1 ? $1 =~ s/''|\\(.)/$1 \/\/ "'"/ger : $2} if $line =~ $LINE;
        next if $line !~ /^\s*(include(?:_if_exists|_dir)?)(?!\w)\s*=?\s*(?:'((?:[^']|'')*)'|([^\s#]+))/i;
        my ($how, $path) = (lc $1, defined $2 ? $2 =~ s/''/'/gr : $3);
        $path = dirname($file) . "/$path" if $path !~ m{^/};
        $cluster->{folder} = $path if $how eq 'include_dir' && -d $path;
        my @files = $how eq 'include_dir' ? sort grep { !m{/\.[^/]*$} } glob "\Q$path\E/*.conf" : -e $path ? ($path) : ();
        push @$found, @{places($cluster, $_)} for @files;
    }
    return $found;
}

sub all_places
{
    my ($cluster) = @_;
    $cluster->{main} = abs_path("$cluster->{configuration}/postgresql.conf");
    $cluster->{automatic} = abs_path("$cluster->{data}/postgresql.auto.conf") // '';
    return map { @{places($cluster, $_)} } grep { -e } $cluster->{main}, $cluster->{automatic};
}

# Writes the list at a place, or where there was none; returns the file.
sub write_place
{
    my ($cluster, $place, $list) = @_;
    my $file = $place ? $place->{file} : $cluster->{folder} ? "$cluster->{folder}/pg_debrief.conf" : $cluster->{main};
    my $before = -e $file ? content_of($file) : undef;
    $cluster->{undo} = sub { defined $before ? write_file($file, $before, $file) : unlink $file };
    if ($file eq $cluster->{automatic} && find_server($cluster)) {
        # The server may write this file at any time. Each library is a value of its own: 'a,b' would be one name.
        sql($cluster, 'postgres', "alter system " . ($list eq '' ? "reset $SETTING" : "set $SETTING = " . join ', ', map { "'" . s/'/''/gr . "'" } libraries($list)));
        return $file;
    }
    my $setting = "$SETTING = '" . $list =~ s/(['\\])/$1$1/gr . "'";
    my @lines = split /^/, $before // $NOTE;
    if ($place) {
        $lines[$place->{line} - 1] =~ s/$LINE/$setting/;
    } else {
        $lines[-1] .= "\n" if @lines && $lines[-1] !~ /\n\z/;
        push @lines, "$setting\n";
    }
    # A file that was ours alone goes with its last word.
    my $empty = $list eq '' && join('', @lines) eq "$NOTE$setting\n";
    $empty ? unlink $file : write_file($file, join('', @lines), defined $before ? $file : $cluster->{main});
    return $file;
}

# Sets the list, and looks at it with PostgreSQL's eyes: what came out otherwise is put back.
sub change_list
{
    my ($cluster, $old, $list) = @_;
    my $options = find_server($cluster) && -e "$cluster->{data}/postmaster.opts" ? content_of("$cluster->{data}/postmaster.opts") : '';
    fail("$SETTING of $cluster->{name} is set on the server's command line", 'Change it where the server is started.') if $options =~ /$SETTING/;
    my ($place) = reverse all_places($cluster);
    my $file = write_place($cluster, $place, $list);
    my $now = list_in_force($cluster);
    if (join("\0", libraries($now)) ne join "\0", libraries($list)) {
        if ($list eq '' && !grep { /pg_debrief/ } libraries($now)) {
            say_line("$SETTING = '$now' is in force again: a line under the one that is gone");
            return;
        }
        $cluster->{undo}->();
        fail("$file was changed, but $SETTING stayed '$now'", "It is as it was. Set it to '$list' where it is set.");
    }
    say_line("$SETTING = '$list'  ($file; it was '$old')");
    return;
}

1;
