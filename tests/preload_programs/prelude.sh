# What scripts of programs.py have in common. Each is run by bash; standard input is empty.

set -u
exec {nap}<> <(:)
wait $! # or a program that the script becomes would have a child that it never made

# A moment, without a process: how many there are would vary with the time.
rest() {
    read -rt 0.05 -u "$nap" || :
}

# until_there PATH...: waits until each is there, a socket or a file.
until_there() {
    local path
    for path; do
        for ((i = 0; i < 1200; i++)); do
            [ -e "$path" ] && continue 2
            rest
        done
        echo "$path has not come" >&2
        exit 99
    done
}

# until_listening PORT: waits until somebody listens there.
until_listening() {
    local port
    for ((i = 0; i < 1200; i++)); do
        { exec {port}<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null && exec {port}>&- && return
        rest
    done
    echo "nobody listens at port $1" >&2
    exit 99
}

# end_of PID: its exit status is said.
end_of() {
    wait "$1"
    echo "the server ended with status $?"
}
