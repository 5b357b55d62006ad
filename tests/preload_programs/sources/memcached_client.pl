# memcached_client.pl SOCKET NUMBER KEYS: sets and gets keys, says every answer that is not expected.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path, $number, $keys) = @ARGV;
my $server = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!";
my $same = 0;
for my $key (1 .. $keys) {
    my $value = "value $number of $key" x 5;
    print $server "set k$number.$key 0 0 ", length $value, "\r\n$value\r\n";
    <$server> =~ /^STORED/ or print "not stored: $key\n";
    print $server "get k$number.$key\r\n";
    my @answer = map { scalar <$server> } 1 .. 3;
    $same++ if $answer[1] eq "$value\r\n";
}
print "client $number: $same of $keys\n";
