# 200 short processes, in loops, pipes, substitutions, at once; traps; exec; jobs that are waited for.
sum=0
for ((i = 0; i < 60; i++)); do
    sum=$((sum + $(/usr/bin/expr $i + 1)))
done
echo "$sum"
for ((i = 0; i < 20; i++)); do
    echo "$i" | /bin/cat | /usr/bin/tr 0-9 a-j | /usr/bin/head -c 100
done
pids=()
for ((i = 0; i < 40; i++)); do
    /bin/sh -c "exit $i" &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid"
    printf '%d ' $?
done
echo
trap 'echo trapped' USR1
kill -USR1 $$
(kill -TERM $BASHPID)
echo $?
(exec /bin/sh -c 'exec /usr/bin/env -i /bin/echo "exec of exec"')
coproc /bin/cat
echo through >&"${COPROC[1]}"
read -r line <&"${COPROC[0]}"
echo "$line"
exec /bin/sh -c 'exit 11'
