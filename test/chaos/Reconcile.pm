# Compares what the provider was asked for with what the tables and the directory hold.
package Reconcile;

use strict;
use warnings;
use Digest::SHA qw(sha1);
use JSON::PP;
use Test::More;

# At most a few words of each list: a broken promise breaks often.
sub none
{
    my ($what, @found) = @_;
    return is(join("\n", @found[0 .. (@found > 5 ? 4 : $#found)]), '', $what);
}

sub read_tables
{
    my ($node) = @_;
    my %state = (rows => {}, segments => {}, sounds => {});
    my $read = sub { return map { [split /\|/, $_, -1] } split /\n/, $node->safe_psql('postgres', $_[0]) };
    $state{rows}{$_->[0]} = {message => $_->[1], ssml => $_->[2], audio => $_->[3], ssml_attempts => $_->[4], audio_attempts => $_->[5]}
        for $read->('select id, message, ssml_status, audio_status, ssml_attempts, audio_attempts from debrief.analysis_feedback');
    push @{$state{segments}{$_->[0]}}, {index => $_->[1], ssml => $_->[2]}
        for $read->('select feedback_id, segment_index, ssml from debrief.analysis_ssml_segments order by 1, 2');
    $state{sounds}{"$_->[0]/$_->[1]"} = $_->[2]
        for $read->('select feedback_id, segment_index, storage_path from debrief.analysis_audio_segments');
    return \%state;
}

# One result set per message version, made from that version; no object without a row, no row without
# its object.
sub check_results
{
    my ($state, $sounds) = @_;
    my %kept = map { $_ => 1 } $sounds->paths;
    my (@wrong_ssml, @wrong_sound, @missing, %expected);
    for my $id (sort { $a <=> $b } keys %{$state->{rows}}) {
        my $row = $state->{rows}{$id};
        my @segments = @{$state->{segments}{$id} // []};
        next unless $row->{ssml} eq 'completed';
        push @wrong_ssml, "$id: $row->{message}: " . join(' ', map { $_->{ssml} } @segments)
            unless @segments == 1 && index($segments[0]{ssml}, ">$row->{message}<") >= 0;
        next unless $row->{audio} eq 'completed' && @segments;
        my $path = $state->{sounds}{"$id/0"};
        if (!defined $path || !$kept{$path}) { push @missing, "$id: " . ($path // 'no row'); next }
        push @wrong_sound, "$id: $path" unless index($sounds->read($path), sha1($segments[0]{ssml}) x 80) == 44;
    }
    none('every completed row has one set of SSML, made from its present message', @wrong_ssml);
    none('every completed row has its sound, in the tables and in the store', @missing);
    none('every sound was made from the SSML that the row has', @wrong_sound);
    my %known = map { $_ => 1 } values %{$state->{sounds}};
    none('no object is without its row', grep { !$known{$_} } sort keys %kept);
    none('no sound or SSML is without its row', grep { !$state->{rows}{(split m{/}, $_)[0]} } keys %{$state->{sounds}}, keys %{$state->{segments}});
    none('no row has more attempts than allowed', map { "$_->{message}: $_->{ssml_attempts}/$_->{audio_attempts}" }
        grep { $_->{ssml_attempts} > 3 || $_->{audio_attempts} > 3 } values %{$state->{rows}});
}

# While the provider is out of order it is only probed: by each worker at most, and anew after each end of one.
sub check_outages
{
    my ($requests, $outages, $ends) = @_;
    my $settled = 2;    # seconds: what was in flight, and the failures that park the server
    my @too_many;
    for my $outage (@$outages) {
        my ($from, $to) = ($outage->{from} + $settled, $outage->{to});
        my $calls = grep { $_->{at} > $from && $_->{at} < $to && ($_->{fault} // '') eq 'outage' } @$requests;
        my $ended = grep { $_ > $outage->{from} - $settled && $_ < $to } @$ends;
        # 1 s, 2, 4 ...: six in a minute, for three stages and two workers; a new worker may fill its stages once.
        my $allowed = 36 + 100 * $ended;
        push @too_many, sprintf('%d calls in %.1f s', $calls, $to - $from) if $calls > $allowed;
    }
    none('a provider that is out of order is only probed', @too_many);
    note(@$outages . ' outages');
    return;
}

# While the store is out of order no more is bought than what all calls at once may bring, and what probes it.
sub check_store_outages
{
    my ($requests, $outages, $ends) = @_;
    my $settled = 1;
    my @too_many;
    for my $outage (@$outages) {
        my ($from, $to) = ($outage->{from} + $settled, $outage->{to});
        my $bought = grep { $_->{at} > $from && $_->{at} < $to && $_->{path} eq '/v1/speech' } @$requests;
        my $ended = grep { $_ > $outage->{from} - $settled && $_ < $to } @$ends;
        my $allowed = 43 + 36 + 100 * $ended;
        push @too_many, sprintf('%d sounds in %.1f s', $bought, $to - $from) if $bought > $allowed;
    }
    none('nothing is bought for a store that is out of order, but probes', @too_many);
    note(@$outages . ' outages of the store');
    return;
}

# `ends`: when workers ended, by force or by order. An order gives attempts back, so each may cost one
# call more; an answer that was lost with its worker is asked for again, and no other.
sub check_calls
{
    my ($requests, $retries, $ends, $store_outages) = @_;
    my $lasting = 0.5;    # seconds: when one worker is killed, the other goes on until the postmaster tells it
    my %calls;
    for my $request (@$requests) {
        next unless $request->{path} =~ m{^/v1/(ssml|speech)$} && $request->{body};
        my $body = decode_json($request->{body});
        my ($id, $text) = $1 eq 'ssml' ? ($body->{feedback}{id}, $body->{feedback}{message}) : ($body->{feedback_id}, $body->{ssml});
        my $key = "$1 of $id: $text";
        $calls{$key}{id} = $id;
        $calls{$key}{count}++;
        my $fault = $request->{fault} // '';
        $calls{$key}{uncharged}++ if $fault =~ /^(busy|server|unproven|outage)$/;
        $calls{$key}{row}++ if $fault eq 'row';
        push @{$calls{$key}{good}}, $request->{at} if $request->{state} eq 'answered' && !$request->{fault};
    }
    my (@too_many, @paid_again);
    for my $key (sort keys %calls) {
        my $call = $calls{$key};
        my $asked = 1 + ($retries->{$call->{id}} // 0);
        my $allowed = 3 * $asked + ($call->{uncharged} // 0) + @$ends;
        push @too_many, "$key: $call->{count} > $allowed" if $call->{count} > $allowed;
        push @too_many, "$key: $call->{row} bad answers" if ($call->{row} // 0) > 3 * $asked + @$ends;
        my @good = sort { $a <=> $b } @{$call->{good} // []};
        # A sound that the store would not take for long is made again, once it takes any.
        my $unasked = grep { my $n = $_; !(grep { $good[$n] < $_ + $lasting && $_ < $good[$n + 1] } @$ends)
            && !(grep { $good[$n] < $_->{to} + $lasting && $_->{from} < $good[$n + 1] } @$store_outages) } 0 .. $#good - 1;
        push @paid_again, "$key: @good" if $unasked >= $asked;
    }
    none('no message was called for more often than its attempts allow', @too_many);
    none('an answer is paid for again only when a worker ended before it was stored', @paid_again);
    my $again = grep { @{$_->{good} // []} > 1 } values %calls;
    note("$again of " . keys(%calls) . ' inputs were answered more than once');
    return;
}

1;
