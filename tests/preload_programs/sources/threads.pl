# Interpreter threads, shared variables, fork, pipes, signals.
use strict;
use warnings;
use threads;
use threads::shared;
use Thread::Queue;

my $jobs = Thread::Queue->new;
my $sum : shared = 0;
my @workers = map { threads->create(sub {
    while (defined(my $job = $jobs->dequeue)) { lock($sum); $sum += $job * $job; }
}) } 1 .. 4;
$jobs->enqueue(1 .. 50);
$jobs->end;
$_->join for @workers;
print "$sum\n";
my $got = 0;
local $SIG{USR1} = sub { $got++ };
kill 'USR1', $$ for 1 .. 3;
print "$got\n";
for my $number (1 .. 10) {
    my $pid = fork;
    exit $number if !$pid;
    waitpid $pid, 0;
    print $? >> 8, " ";
}
print "\n";
open(my $pipe, '-|', 'sort', '-n', $0) or die;
print scalar(() = <$pipe>), "\n";
close $pipe;
print `sh -c 'echo child; exit 3'`, $? >> 8, "\n";
eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 1; 1 while 1; };
print $@;
exit 8;
