# Threads, queues, conditions, fork, signals.
require 'open3'

jobs = Queue.new
results = Queue.new
workers = 5.times.map do
  Thread.new { while (job = jobs.pop) != :end do results << (1..job).reduce(1) { |a, b| a * b % 1_000_007 } end }
end
60.times { |i| jobs << i }
5.times { jobs << :end }
workers.each(&:join)
sum = 0
sum += results.pop until results.empty?
puts sum
mutex, condition, turn = Mutex.new, ConditionVariable.new, 0
said = []
4.times.map { |me| Thread.new { mutex.synchronize { condition.wait(mutex) until turn == me; said << me; turn += 1; condition.broadcast } } }.each(&:join)
p said
got = 0
trap('USR1') { got += 1 }
Process.kill('USR1', Process.pid)
sleep 0.01 while got.zero?
p got
pid = fork { exit!(Thread.new { 6 * 7 }.value) }
p Process.wait2(pid)[1].exitstatus
p Open3.capture2e('sh', '-c', 'echo out; echo err >&2; exit 2').first
begin
  Timeout rescue nil
  require 'timeout'
  Timeout.timeout(0.05) { sleep }
rescue Timeout::Error
  puts 'timeout'
end
exit 5
