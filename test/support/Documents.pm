# Runs what the documents tell their readers to type. A page is read from top to bottom:
#
#   ```sql            one psql session for the page, until a block of sh ends it; stops at the first error
#   ```sh             bash -e, as a user who may do everything in the cluster
#   ```python         python3
#   ```sql not run: reason       is listed by the test and not run; any language
#   ```js from FILE   these lines stand in FILE, whatever their indentation; another test runs FILE
#   ```text           directly below a block that is run: what it prints
#   <!-- test: ... -->           SQL that is run and not shown: what the reader has and the test lacks. TREE/ is this tree
#
# Everything else that is fenced is to be read, not typed. Output is compared line by line: blanks and rules are
# collapsed, times, days, hashes, UUIDs, ports and process ids are any, and a line "..." is any lines.
package Documents;

use strict;
use warnings;
use Cwd qw(getcwd);
use Debrief;
use Exporter 'import';
use PostgreSQL::Test::Utils;
use POSIX ':sys_wait_h';

our @EXPORT = qw(blocks_of new_reader same_output);

my %typed = map { $_ => 1 } qw(sql sh python js);

# The blocks of a page, in order: kind (one of %typed, or test), info, text, line, output.
sub blocks_of
{
    my ($page) = @_;
    my @lines = split /\n/, slurp_file($page);
    my (@blocks, $open);
    for my $i (0 .. $#lines) {
        my $line = $lines[$i];
        if ($open) {
            if ($line =~ $open->{end}) {
                $open->{text} =~ s/^$open->{indent}//mg;
                push @blocks, $open;
                undef $open;
            } else {
                $open->{text} .= "$line\n";
            }
        } elsif ($line =~ /^(\s*)```(\w*) *(.*)$/) {
            $open = {kind => $2, info => $3, indent => $1, line => $i + 1, text => '', end => qr/^\s*```$/};
        } elsif ($line =~ /^<!-- test:(.*?)(-->)?$/) {
            $open = {kind => 'test', info => '', indent => '', line => $i + 1, text => $1, end => qr/-->$/};
            if ($2) { push @blocks, $open; undef $open }
        } elsif ($line =~ /^ {4,}\S/ && $i > 0 && $lines[$i - 1] eq '') {
            push @blocks, {kind => 'indented', info => '', line => $i + 1, text => $line};
        } elsif ($line =~ /\S/) {
            push @blocks, {kind => 'prose', info => '', line => $i + 1, text => $line};
        }
    }
    die "$page:$open->{line}: a block without an end\n" if $open;
    for my $i (1 .. $#blocks) {
        $blocks[$i - 1]{output} = $blocks[$i]{text} if $blocks[$i]{kind} eq 'text';
    }
    return grep { $typed{$_->{kind}} || $_->{kind} =~ /^(test|indented)$/ } @blocks;
}

sub plain
{
    my ($text) = @_;
    $text =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?([+-]\d\d)?/<time>/g;
    $text =~ s/\d{4}-\d\d-\d\d/<day>/g;
    $text =~ s{/20\d{6}/}{/<day>/}g;
    $text =~ s/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/<uuid>/g;
    $text =~ s/\b[0-9a-f]{12,}\b/<hash>/g;
    $text =~ s/(127\.0\.0\.1|localhost):\d+/$1:<port>/g;
    $text =~ s/process (with )?PID \d+/process PID/g;
    $text =~ s/-{3,}/--/g;
    $text =~ s/[ \t]+/ /g;
    return [grep { $_ ne '' } map { s/^ | $//gr } split /\n/, $text];
}

# Whether what was printed is what the page shows.
sub same_output
{
    my ($shown, $printed) = map { plain($_) } @_;
    my $pattern = join '', map { $_ eq '...' ? '(?:.*\n)*' : quotemeta($_) . '\n' } @$shown;
    return join('', map { "$_\n" } @$printed) =~ /^$pattern$/;
}

# Who types: `words` are replaced in what is typed, and put back in what is printed.
sub new_reader
{
    my ($node, %words) = @_;
    my $folder = new_folder();
    mkdir "$folder/$_" for qw(bin srv etc tmp);
    my $bin = $node->config_data('--bindir');
    my $data = $node->data_dir;
    my %shims = (
        runuser => 'while [[ $1 == -* ]]; do [[ $1 == -u ]] && shift; shift; done; exec "$@"',
        systemctl => "[[ \$1 == restart ]] && exec $bin/pg_ctl -D $data -l $data/log -m fast -w -s restart",
    );
    $shims{sudo} = $shims{runuser};
    # Only root gives files away.
    $shims{install} = 'a=(); while (($#)); do case $1 in -o|-g) shift 2 ;; *) a+=("$1"); shift ;; esac; done; exec /usr/bin/install "${a[@]}"';
    append_to_file("$folder/tmp/talk.mp4", 'not really a video');
    for my $name (keys %shims) {
        append_to_file("$folder/bin/$name", "#!/bin/bash\n$shims{$name}\n");
        chmod 0755, "$folder/bin/$name";
    }
    return bless {node => $node, folder => $folder, count => 0, sessions => 0,
                  words => {'TREE/' => getcwd() . '/', '/srv/' => "$folder/srv/", '/etc/postgresql/' => "$folder/etc/", %words}}, 'Documents::Reader';
}

package Documents::Reader;

use PostgreSQL::Test::Utils;
use POSIX ':sys_wait_h';

sub folder { return $_[0]{folder} }

sub typed
{
    my ($self, $text) = @_;
    $text =~ s/\Q$_\E/$self->{words}{$_}/g for keys %{$self->{words}};
    return $text;
}

sub printed
{
    my ($self, $text) = @_;
    $text =~ s/\Q$self->{words}{$_}\E/$_/g for keys %{$self->{words}};
    return $text;
}

sub environment
{
    my ($self, $database) = @_;
    return (PGHOST => $self->{node}->host, PGPORT => $self->{node}->port, PGDATABASE => $database, PGUSER => undef,
            PGTZ => 'UTC', PAGER => 'cat', PATH => "$self->{folder}/bin:" . $self->{node}->config_data('--bindir') . ":$ENV{PATH}");
}

# Types a block; answers whether it went well, what it printed and what it complained of.
sub type
{
    my ($self, $block, $database) = @_;
    my $text = $self->typed($block->{text});
    my ($ok, $out, $err) = $block->{kind} =~ /^(sql|test)$/ ? $self->type_sql($text, $database) : $self->type_program($block->{kind}, $text, $database);
    return ($ok, $self->printed($out), $self->printed($err));
}

sub type_program
{
    my ($self, $kind, $text, $database) = @_;
    $self->end_session;
    my %environment = $self->environment($database);
    local @ENV{keys %environment} = values %environment;
    delete $ENV{PGUSER};
    my @command = ('bash', '-euo', 'pipefail', '-c', "cd $self->{folder}/tmp\n" . ($kind eq 'python' ? 'exec python3 -c "$0"' : $text), $text);
    my ($out, $err);
    my $ok = IPC::Run::run(\@command, '<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(60));
    return ($ok, $out, $err);
}

sub type_sql
{
    my ($self, $text, $database) = @_;
    $self->begin_session($database) unless $self->{psql};
    my $end = 'end of block ' . ++$self->{count};
    local $SIG{PIPE} = 'IGNORE';
    print {$self->{psql}} "$text\n;\\echo '$end'\n";
    $self->{psql}->flush;
    my $ok;
    Debrief::wait_until(sub {
        return $ok = 1 if slurp_file($self->{out}) =~ /^\Q$end\E$/m;
        return waitpid($self->{pid}, WNOHANG) != 0;
    }, "psql prints '$end'");
    my ($out, $err) = (slurp_file($self->{out}), slurp_file($self->{err}));
    $out = substr $out, $self->{read};
    $self->{read} += length $out;
    $err = substr $err, $self->{complained};
    $self->{complained} += length $err;
    delete $self->{psql} unless $ok;
    $out =~ s/^\Q$end\E\n//m;
    return ($ok, $out, $err);
}

sub begin_session
{
    my ($self, $database) = @_;
    my $session = ++$self->{sessions};
    @$self{qw(out err read complained)} = ("$self->{folder}/out$session", "$self->{folder}/err$session", 0, 0);
    append_to_file($self->{$_}, '') for qw(out err);
    my %environment = $self->environment($database);
    local @ENV{keys %environment} = values %environment;
    delete $ENV{PGUSER};
    $self->{pid} = open($self->{psql}, '|-', 'bash', '-c', 'exec psql -X -v ON_ERROR_STOP=1 > "$0" 2> "$1"', $self->{out}, $self->{err}) or die "psql: $!";
}

sub end_session
{
    my ($self) = @_;
    my $psql = delete $self->{psql} or return;
    close $psql;
}

1;
