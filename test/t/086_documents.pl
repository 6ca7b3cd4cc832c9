# Everything in README.md and docs/ that can be typed works as it stands, in order, and prints what the page says.
# What is not run is listed, with the reason the page gives.
use strict;
use warnings;
use Debrief;
use Documents;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The reference shows signatures, and is made from the catalog.
my @pages = $ENV{PAGES} ? split(/ /, $ENV{PAGES}) : ('README.md', 'examples/upload/README.md', grep { $_ ne 'docs/reference.md' } sort glob 'docs/*.md');
my @left;    # what is not run

# As the reader has it: no pg_debrief, a database of their own.
my $node = PostgreSQL::Test::Cluster->new('documents');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "max_worker_processes = 16");
$node->start;
my $stub = new_stub();
my $address = $stub->url =~ s{^http://}{}r;
my $reader = new_reader($node, '127.0.0.1:8089' => $address);
my $has_psycopg = system('python3 -c "import psycopg" 2> /dev/null') == 0;
my $preloaded;

# README installs pg_debrief by itself; the other pages find it in their database.
sub begin_page
{
    my ($page) = @_;
    $node->safe_psql('postgres', 'create database appdb');
    return if $page eq 'README.md';
    if (!$preloaded++) {
        $node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_debrief'\npg_debrief.allowed_hosts = '127.0.0.1'");
        $node->restart;
    }
    $node->safe_psql('appdb', 'create extension pg_debrief');
    wait_for_worker();
}

# A reader is slower than a worker that starts.
sub wait_for_worker
{
    wait_until(sub { $node->safe_psql('appdb', q{select count(*) = 0 from debrief.stage_status where state = 'no worker'}) eq 't' }, 'a worker runs');
}

sub end_page
{
    $reader->end_session;
    $node->safe_psql('postgres', "drop database if exists $_ with (force)")
        for split /\n/, $node->safe_psql('postgres', "select quote_ident(datname) from pg_database where datname not in ('postgres', 'template0', 'template1')");
    $node->safe_psql('postgres', "drop role $_")
        for split /\n/, $node->safe_psql('postgres', "select quote_ident(rolname) from pg_roles where oid >= 16384 and rolname !~ '^debrief_'");
    $node->safe_psql('postgres', 'alter system reset all');
    $node->reload;
}

# Answers whether the page may go on: what follows builds upon it.
sub type
{
    my ($page, $block) = @_;
    my $name = "$page:$block->{line}";
    my $why = $block->{info} =~ /^not run: (\S.*)/ ? $1 : $block->{kind} eq 'python' && !$has_psycopg ? 'there is no psycopg' : undef;
    return push @left, "$name, $block->{kind}: $why" if $why;
    if ($block->{info} =~ /^from (\S+)$/) {
        my ($name_of, $file, @lines) = ($1, slurp_file($1), map { quotemeta } split /\n\s*/, $block->{text} =~ s/^\s+//r);
        return ok($file =~ join('\n\s*', @lines), "$name stands in $name_of");
    }
    return fail("$name: $block->{kind} is run, or says \"not run: \" and why") if $block->{info} ne '' || $block->{kind} =~ /^(js|indented)$/;
    my ($ok, $out, $err) = $reader->type($block, 'appdb');
    if (!$ok) {
        fail("$name runs");
        diag("$block->{text}$out$err");
        return 0;
    }
    wait_for_worker() if $page eq 'README.md' && $block->{text} =~ /CREATE EXTENSION/;
    return 1 if $block->{kind} eq 'test';
    return pass("$name runs") unless defined $block->{output};
    my $same = same_output($block->{output}, $out);
    ok($same, "$name runs, and prints what the page shows");
    diag($out) unless $same;
    return 1;
}

for my $page (@pages) {
    my @blocks = blocks_of($page);
    next unless @blocks;
    begin_page($page);
    type($page, $_) or last for @blocks;
    end_page();
}

note("not run: $_") for @left;
$node->stop;
done_testing();
