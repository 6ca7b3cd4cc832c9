# Compares the requests that an emulator got from us with those that the service's own SDK sent
# (test/judge/golden): the same method and path, at least its headers, no JSON member that it does not
# know. Values differ: they are another caller's.
package Golden;

use strict;
use warnings;
use File::Basename qw(dirname);
use JSON::PP;

my $folder = dirname(__FILE__) . '/../judge/golden';

# What the SDKs do in another way than the services also take, and why.
my %ours = (
    supabase => {
        # The documented address for a key's bearer; storage-js takes the older one.
        'GET /storage/v1/object/authenticated/test-bucket/<object>' => 'GET /storage/v1/object/test-bucket/<object>',
        # One object by its name, as the service's own routes have it; storage-js sends a list.
        'DELETE /storage/v1/object/test-bucket/<object>' => undef,
    },
);
# Headers that an SDK sends and the service does not want: a key of the newer kind is no JWT, and a
# request without a body has no type.
my %optional = (supabase => {authorization => 1, 'cache-control' => 1});

# Names of rows and uploads are another caller's too.
sub shape
{
    my ($service, $request) = @_;
    my $path = $request->{path};
    $path =~ s{^(/v1beta/files/).+}{$1<id>};
    $path =~ s{^(/v1/text-to-speech/).+}{$1<voice>};
    $path =~ s{(/models/)[^:]+:}{$1<model>:};
    $path =~ s{^(/v1beta/models/)[^:]+$}{$1<model>};
    $path =~ s{^(/test-bucket/).+}{$1<object>} if $service eq 's3';
    $path =~ s{(/object/(?:authenticated/|info/)?test-bucket/).+}{$1<object>} if $service eq 'supabase';
    return "$request->{method} $path";
}

# Paths of members; what is inside of a schema is ours to choose.
sub members
{
    my ($value, $at) = @_;
    $at //= '';
    return map { members($_, "$at\[]") } @$value if ref $value eq 'ARRAY';
    return () if ref $value ne 'HASH' || $at =~ /(Schema|\.schema)$/;
    return map { ("$at.$_", members($value->{$_}, "$at.$_")) } keys %$value;
}

# Answers what is wrong with the requests, a line each.
sub complaints
{
    my ($service, $known, @requests) = @_;
    open(my $file, '<', "$folder/$service.json") or die "$folder/$service.json: $!";
    my $golden = decode_json(join '', <$file>);
    my (%wrong, %seen);
    for my $request (@requests)
    {
        my $shape = shape($service, $request);
        my $as = exists $ours{$service}{$shape} ? $ours{$service}{$shape} : $shape;
        next if !defined $as;
        my @models = grep { shape($service, $_) eq $as } @$golden;
        if (!@models) { $wrong{"$shape: the SDK sends no such request"} = 1; next }
        $seen{$shape} = 1;
        # The SDK's calls of one shape differ (start and end of an upload): ours must be like one of them.
        my @missing;
        for my $model (@models)
        {
            # A service account's token goes where tokens go.
            my $bearer = exists $request->{headers}{authorization};
            push @missing, [grep { !exists $request->{headers}{$_} && !($bearer && $_ eq 'x-goog-api-key') && !$optional{$service}{$_}
                && !($_ eq 'content-type' && !$request->{body_bytes}) && $_ ne 'range' } keys %{$model->{headers}}];
        }
        my ($least) = sort { @$a <=> @$b } @missing;
        $wrong{"$shape: without the headers @$least"} = 1 if @$least;
        next if !defined $request->{body} || $request->{body} !~ /^\s*\{/;
        my %members = map { $_ => 1 } map { members($_->{body}{json}) } grep { ref $_->{body} eq 'HASH' } @models;
        for my $member (members(JSON::PP->new->decode($request->{body})))
        {
            $wrong{"$shape: the SDK knows no member $member"} = 1 if !$members{$member} && $member !~ $known;
        }
    }
    $wrong{'no request was compared'} = 1 if !%seen;
    return sort keys %wrong;
}

1;
