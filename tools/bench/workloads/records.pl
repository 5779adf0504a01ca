# Splits, sorts and groups a table of records with regular expressions, hashes and references.
# Usage: perl records.pl TABLE
use strict;
use warnings;

open my $table, '<', $ARGV[0] or die "$ARGV[0]: $!\n";
my (%by_group, %words);
while (my $line = <$table>) {
    chomp $line;
    my ($id, $group, $value, $text) = split /\t/, $line;
    push @{ $by_group{$group} }, { id => $id, value => $value, text => $text };
    $words{ lc $1 }++ while $text =~ /(\w+)/g;
}
for my $group (sort keys %by_group) {
    my @records = @{ $by_group{$group} };
    my @sorted = sort { $a->{value} <=> $b->{value} || $a->{id} <=> $b->{id} } @records;
    my $joined = join ',', map { "$_->{id}:" . substr $_->{text}, 0, 12 } @sorted;
    print "$group\t", scalar @sorted, "\t", length $joined, "\n";
}
print join(' ', map { "$_=$words{$_}" } (sort keys %words)[0 .. 9]), "\n";
