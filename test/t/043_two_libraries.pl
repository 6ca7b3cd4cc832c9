# Workers alone load libcurl and the like, from a library of their own: a new one of it is used by the
# next worker, without a restart of the server.
use strict;
use warnings;
use Debrief;
use File::Copy qw(copy);
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = new_folder();
chmod 0755, $folder;
my $installed = `pg_config --pkglibdir`;
chomp $installed;
my $library = "$folder/pg_debrief_worker.so";
# A library is replaced as install does it: by another file of the same name.
sub put
{
    my ($content) = @_;
    open my $file, '>:raw', "$library.new" or die $!;
    print $file $content;
    close $file;
    return rename "$library.new", $library;
}
sub inode { return (stat $library)[1] }
sub mapped { my ($pid, $name) = @_; return (grep { m{/\Q$name\E[.\w]*(?: \(deleted\))?$} } split /\n/, slurp_file("/proc/$pid/maps"))[0] // '' }
sub inode_mapped { return (split ' ', mapped($_[0], 'pg_debrief_worker.so'))[4] // 0 }

my $content = slurp_file("$installed/pg_debrief_worker.so");
put($content);
my $node = new_cluster('libraries', bare => 1, conf => "dynamic_library_path = '$folder:\$libdir'");
$node->safe_psql('postgres', 'create extension pg_debrief');
my $stub = new_stub();
my $root = $stub->serve($node);
add_recording($node, $root, 'talk.mp4');
wait_for_sql($node, q{select count(*) = 2 from debrief.analysis_feedback where audio_status = 'completed'}, 'feedback is spoken');

my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
my $session = $node->background_psql('postgres');
my $backend = $session->query('select pg_backend_pid() from debrief.worker_status limit 1');
for my $process (['the postmaster', $postmaster], ['a session', $backend]) {
    my ($name, $pid) = @$process;
    isnt(mapped($pid, 'pg_debrief.so'), '', "$name maps pg_debrief");
    is(mapped($pid, $_), '', "$name does not map $_") for qw(pg_debrief_worker.so libcurl.so libexpat.so);
}
my $first = running_worker($node);
is(inode_mapped($first), inode(), 'the worker maps pg_debrief_worker');
isnt(mapped($first, 'libcurl.so'), '', 'and libcurl');

$session->quit;

# Replaced, and the worker ended.
sub end_worker { my ($pid) = @_; return $node->safe_psql('postgres', "select pg_terminate_backend($pid, 10000)") }
put($content);
isnt(inode_mapped($first), inode(), 'a worker that runs keeps its library');
end_worker($first);
wait_until(sub { my $pid = worker_pid($node); $pid ne '' && $pid ne $first }, 'another worker is there');
is(inode_mapped(worker_pid($node)), inode(), 'the next one maps the library that is there now');
$node->safe_psql('postgres', q{insert into debrief.analysis_feedback (analysis_job_id, message) select id, 'By the new one.' from debrief.analysis_jobs});
wait_for_sql($node, q{select audio_status = 'completed' from debrief.analysis_feedback where message = 'By the new one.'}, 'and it works');
is(slurp_file($node->data_dir . '/postmaster.pid') =~ /^$postmaster\n/, 1, 'the server was not restarted');

# One built for another layout of shared memory leaves it alone: its kSharedLayout is changed.
SKIP: {
    my $other = $content;
    my $count = $other =~ s/....(?=[\x01-\x20]\x72\x62\x64)/XXXX/gs;
    skip 'kSharedLayout is not in one piece in the code of this machine', 2 if $count != 1;
    put($other);
    end_worker(worker_pid($node));
    wait_until(sub { slurp_file($node->logfile) =~ /LOG:  pg_debrief_worker and the loaded pg_debrief are of different builds\n.*HINT:  Restart the server/ }, 'it says so');
    pass('a library of another build asks for a restart of the server');
    is(worker_pid($node), '', 'and does not work');
    put($content);
    $node->restart;
    wait_until(sub { worker_pid($node) ne '' }, 'a worker is there');
}

unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal/, 'no process crashed');
$node->stop;
done_testing();
