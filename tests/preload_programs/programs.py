"""The programs: what each does, on what, and what may differ.

`prepare` makes the input in $INPUT, without the preload and once; `script` is what is run and
measured, in an empty directory. Files of prelude.sh and of $SOURCES are at hand. All that a script
prints, its exit status and the files that it leaves are compared, but for `ignored_files` (a
regular expression) and for what `varies`: (regular expression, what is compared instead of it).
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    packages: tuple
    does: str
    script: str
    prepare: str = ""
    status: int = 0
    compared: str = "output, status"
    varies: tuple = ()
    ignored_files: str = r"^$"
    findings: tuple = ()  # (regular expression of "confidence rule program", why it is true)
    unrecorded: tuple = ()  # (regular expression of what the report says, why it is so)
    sometimes: tuple = ()  # likewise, where the moment decides whether it is so
    segments: tuple = ()  # (regular expression of "program, how it ended", why its segment stays)


SIGNALLED_PYTHON = (
    (r"^python3[.\d]*, ended, and nobody saw how",
     "the server in Python is ended by SIGTERM, which it does not handle: a segment stays after "
     "such an end, and has no finding"),)

# What `run` says of programs that were started without its environment, or by another user.
BARE = "was started without the environment"
OTHER = r"was started by user \d+, who may not write"

TEXT = 'for ((i = 0; i < 60000; i++)); do echo "line $((i * i)) of $i"; done >"$INPUT/text"'

DATABASES = (
    Program(
        "redis", ("redis-server", "redis-tools"),
        "redis-server with 2 threads for clients and one more that saves; redis-benchmark; shutdown",
        """
        redis-server --port 0 --unixsocket socket --save '' --io-threads 2 --daemonize no \
            --logfile log &
        until_there socket
        redis-benchmark -s socket -q -n 4000 -c 20 -P 4 -t set,get,lpush,incr
        redis-cli -s socket set key value
        redis-cli -s socket eval 'return redis.call("get", "key")' 0
        redis-cli -s socket bgsave
        redis-cli -s socket dbsize
        redis-cli -s socket shutdown save
        end_of $!
        """,
        compared="answers, status; not rates, log", varies=(
            (r".*\r", ""), (r"[\d.]+ requests per second.*", "rate")),
        ignored_files=r"log|\.rdb"),
    Program(
        "memcached", ("memcached", "perl"),
        "memcached -t 4; three clients set and get 6,000 keys; SIGTERM",
        """
        memcached -u root -t 4 -s socket -a 600 &
        server=$!
        until_there socket
        for client in 1 2 3; do
            perl "$SOURCES/memcached_client.pl" socket $client 1000 >answers$client &
            clients[client]=$!
        done
        wait "${clients[@]}"
        cat answers*
        kill $server
        end_of $server
        """, compared="every answer, status", ignored_files="^socket"),
    Program(
        "mariadb", ("mariadb-server",),
        "mariadbd on a fresh data directory; SQL with transactions, mysqlslap of 4 clients; shutdown",
        """
        cp -r "$INPUT/data" data
        mariadbd --no-defaults --datadir="$PWD/data" --socket="$PWD/socket" --skip-networking \
            --user=root --innodb-buffer-pool-size=8M --innodb-log-file-size=4M 2>log &
        server=$!
        until_there socket
        mariadb --no-defaults -S socket -u root -e "create database d; use d;
            create table t (i int primary key, s varchar(40)) engine=innodb;
            insert into t select seq, md5(seq) from seq_1_to_2000;
            start transaction; delete from t where i > 1000; rollback;
            select count(*), sum(i), min(s) from t"
        mariadb-slap --no-defaults -S socket -u root -c 4 -i 2 --number-of-queries=200 -a \
            --auto-generate-sql-load-type=mixed
        mariadb-admin --no-defaults -S socket -u root shutdown
        end_of $server
        """,
        prepare="""
        mariadb-install-db --no-defaults --datadir="$INPUT/data" --user=root --skip-test-db \
            --auth-root-authentication-method=normal --innodb-log-file-size=4M >/dev/null 2>&1
        """, compared="rows, status; not times, data files", varies=((r"[\d.]+ seconds", "T"),),
        ignored_files="^data|^log|^socket"),
    Program(
        "postgresql", ("postgresql",),
        "postgres as user postgres (by setpriv), initdb'ed before; psql, pgbench of 3 clients; fast "
        "shutdown", """
        bin=$(echo /usr/lib/postgresql/*/bin)
        cp -a "$INPUT/data" data
        install -d -o postgres sockets
        setpriv --reuid=postgres --regid=postgres --init-groups "$bin/postgres" -D data \
            -k "$PWD/sockets" -c listen_addresses= -c shared_buffers=2MB >log 2>&1 &
        server=$!
        until_there sockets/.s.PGSQL.5432
        until "$bin/pg_isready" -q -h "$PWD/sockets"; do rest; done
        psql -h "$PWD/sockets" -U postgres -At -c "create table t as select i, md5(i::text) as s
            from generate_series(1, 3000) as i" -c "select count(*), sum(i), min(s) from t"
        "$bin/pgbench" -h "$PWD/sockets" -U postgres -i -q -s 1 postgres 2>/dev/null
        "$bin/pgbench" -h "$PWD/sockets" -U postgres -c 3 -j 3 -t 30 postgres 2>/dev/null |
            grep processed
        psql -h "$PWD/sockets" -U postgres -At -c 'select count(*) from pgbench_history'
        kill -INT $server
        end_of $server
        """,
        prepare="""
        install -d -o postgres "$INPUT/data"
        setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/*/bin/initdb \
            -D "$INPUT/data" -A trust -N >/dev/null
        """, compared="rows, transactions, status; not data files",
        ignored_files="^data|^log|^sockets",
        unrecorded=((r"bin/postgres " + OTHER, "runs as another user, who may not write into the "
                     "directory of root's `run`: the report says so"),)),
    Program(
        "sqlite3", ("sqlite3",), "two processes on one database with a write-ahead log; backup",
        """
        sqlite3 db 'pragma journal_mode=wal; create table t (i integer primary key, s text)'
        for client in 0 1; do
            sqlite3 -cmd '.timeout 60000' db "with recursive c(x) as (select 1 union all
                select x + 1 from c where x < 20000) insert into t select x + $client * 20000,
                hex(x * 7) from c" &
        done
        wait
        sqlite3 db 'select count(*), sum(i), max(s) from t; pragma integrity_check' '.backup copy'
        sqlite3 copy 'select count(*) from t'
        sqlite3 db 'select nothing from nowhere'
        """, status=1, ignored_files="^db|^copy"),
)

SERVERS = (
    Program(
        "nginx", ("nginx-light", "apache2-utils", "curl"),
        "master, 2 workers and their thread pools; ab with 10 clients; reload; quit",
        """
        mkdir logs
        nginx -p "$PWD" -c "$INPUT/nginx.conf" &
        server=$!
        until_listening 8080
        ab -q -n 300 -c 10 http://127.0.0.1:8080/text | grep -E 'Complete|Failed|Document Length'
        curl -sS http://127.0.0.1:8080/text | cksum
        nginx -p "$PWD" -c "$INPUT/nginx.conf" -s reload
        curl -sS --retry 3 -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8080/none
        nginx -p "$PWD" -c "$INPUT/nginx.conf" -s quit
        end_of $server
        """,
        prepare=TEXT + """
        cat >"$INPUT/nginx.conf" <<END
        daemon off; user nobody nogroup; worker_processes 2; error_log stderr crit; pid pid;
        events { worker_connections 64; }
        http { access_log off; aio threads; directio 512; root $INPUT;
            client_body_temp_path logs; proxy_temp_path logs; fastcgi_temp_path logs;
            uwsgi_temp_path logs; scgi_temp_path logs;
            server { listen 127.0.0.1:8080; } }
        END
        """.replace("\n        ", "\n"), compared="answers, every byte of a file, status",
        varies=((r"^[\d/]+ [\d:]+ \[notice\] [\d#]+: ", ""),), ignored_files="^logs"),
    Program(
        "apache2", ("apache2-bin", "apache2-utils"),
        "httpd with the event module: threads, drops root; ab with 10 clients; graceful; stop",
        """
        apache2 -d "$PWD" -f "$INPUT/httpd.conf" -D FOREGROUND &
        server=$!
        until_listening 8081
        ab -q -n 300 -c 10 http://127.0.0.1:8081/text | grep -E 'Complete|Failed|Document Length'
        kill -USR1 $server
        until_listening 8081
        ab -q -n 20 -c 2 http://127.0.0.1:8081/none | grep -E 'Complete|Non-2xx'
        kill -TERM $server
        end_of $server
        """,
        prepare=TEXT + """
        cat >"$INPUT/httpd.conf" <<END
        ServerName localhost
        Listen 127.0.0.1:8081
        PidFile pid
        ErrorLog log
        User nobody
        Group nogroup
        DocumentRoot $INPUT
        Mutex posixsem
        LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
        LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
        StartServers 2
        ThreadsPerChild 8
        MaxRequestWorkers 32
        END
        """.replace("\n        ", "\n"), compared="answers, status; not the log",
        ignored_files="^log|^pid"),
    Program(
        "haproxy", ("haproxy", "curl", "python3-minimal"),
        "4 threads before an HTTP server in Python; 40 requests of curl; SIGUSR1",
        """
        cp "$INPUT/text" .
        /usr/bin/python3 -m http.server 8083 --bind 127.0.0.1 >/dev/null 2>&1 &
        behind=$!
        haproxy -db -f "$INPUT/haproxy.cfg" 2>/dev/null &
        server=$!
        until_listening 8083
        until_listening 8082
        mkdir got
        curl -sS --no-progress-meter -Z --parallel-max 5 -o got/#1 \
            'http://127.0.0.1:8082/text?[1-40]'
        cat got/* | cksum
        kill -USR1 $server
        end_of $server
        kill $behind
        end_of $behind
        """,
        prepare=TEXT + """
        cat >"$INPUT/haproxy.cfg" <<END
        global
            nbthread 4
        defaults
            mode http
            timeout connect 60s
            timeout client 60s
            timeout server 60s
        listen front
            bind 127.0.0.1:8082
            option httpclose
            server behind 127.0.0.1:8083
        END
        """.replace("\n        ", "\n"), compared="every byte of 40 answers, status",
        segments=SIGNALLED_PYTHON),
    Program(
        "mosquitto", ("mosquitto", "mosquitto-clients"),
        "broker that drops root; 5 subscribers, 20 messages; SIGTERM",
        """
        mosquitto -c "$INPUT/mosquitto.conf" 2>log &
        server=$!
        until_listening 1884
        for client in 1 2 3 4 5; do
            mosquitto_sub -p 1884 -c -i client$client -q 1 -t 'a/#' -E
            mosquitto_sub -p 1884 -c -i client$client -q 1 -t 'a/#' -C 20 >got$client &
            clients[client]=$!
        done
        for ((i = 0; i < 20; i++)); do mosquitto_pub -p 1884 -q 1 -t a/b -m "message $i"; done
        wait "${clients[@]}"
        kill $server
        end_of $server
        """,
        prepare="""
        printf 'listener 1884 127.0.0.1\\nallow_anonymous true\\nuser nobody\\n' \
            >"$INPUT/mosquitto.conf"
        """, compared="every message, status; not the log", ignored_files="^log"),
    Program(
        "dnsmasq", ("dnsmasq-base", "bind9-dnsutils"),
        "drops root and its capabilities; dig asks 30 names, and some again by TCP; SIGTERM",
        """
        for ((i = 0; i < 30; i++)); do echo "10.0.0.$i host$i.test"; done >hosts
        dnsmasq -k -p 5353 -C /dev/null -R -h -H "$PWD/hosts" -u nobody --pid-file= \
            --log-facility="$PWD/log" -i lo -z &
        server=$!
        until_listening 5353
        for ((i = 0; i < 30; i += 10)); do
            dig @127.0.0.1 -p 5353 +short host$i.test host$((i + 1)).test host$((i + 5)).test
        done
        dig @127.0.0.1 -p 5353 +tcp +short host7.test
        dig @127.0.0.1 -p 5353 +short -x 10.0.0.9
        kill $server
        end_of $server
        """, compared="answers, status; not the log", ignored_files="^log"),
    Program(
        "sshd", ("openssh-server", "openssh-client", "openssh-sftp-server"),
        "sshd, with its sandboxed process for each client; ssh with a command, sftp, a wrong key",
        """
        mkdir -p /run/sshd
        /usr/sbin/sshd -D -f "$INPUT/sshd_config" -E log &
        server=$!
        until_listening 2222
        on="-F none -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=known -o LogLevel=ERROR"
        ssh $on -i "$INPUT/key" root@127.0.0.1 'echo "$0"; echo "${LD_PRELOAD:-none}"; exit 5'
        echo $?
        ssh $on -i "$INPUT/key" root@127.0.0.1 'cat | cksum' <"$INPUT/text"
        echo "get $INPUT/text copy" | sftp -q -b - -P 2222 ${on/-p 2222/} -i "$INPUT/key" \
            root@127.0.0.1
        ssh $on -o BatchMode=yes -i "$INPUT/wrong" root@127.0.0.1 true
        echo $?
        kill $server
        end_of $server
        """,
        prepare=TEXT + """
        for name in host key wrong; do ssh-keygen -q -t ed25519 -N '' -f "$INPUT/$name"; done
        cat >"$INPUT/sshd_config" <<END
        Port 2222
        ListenAddress 127.0.0.1
        HostKey $INPUT/host
        PidFile none
        AuthorizedKeysFile $INPUT/key.pub
        StrictModes no
        PermitRootLogin yes
        UsePAM no
        Subsystem sftp /usr/lib/openssh/sftp-server
        END
        """.replace("\n        ", "\n"),
        compared="output of commands, a file, statuses; not the log",
        varies=((r"(preload-programs-)\w+", r"\1X"),), ignored_files="^log|^known",
        unrecorded=((r"bin/bash " + BARE, "sshd gives sessions an environment of their own, without "
                     "the preload: the report says so"),),
        segments=((r"^sshd, ", "its process before the authentication has changed its root and its "
                   "user and has forbidden itself system calls: it cannot remove its segment"),)),
    Program(
        "openssl", ("openssl",),
        "s_server with 6 clients of s_client; speed with 2 processes; a signature, checked",
        """
        openssl s_server -accept 4433 -cert "$INPUT/certificate" -key "$INPUT/key" -www -naccept 7 \
            >/dev/null 2>&1 &
        server=$!
        until_listening 4433
        for client in 1 2 3 4 5 6; do
            echo | openssl s_client -connect 127.0.0.1:4433 -CAfile "$INPUT/certificate" 2>/dev/null |
                grep -E '^(Verification: |New)'
        done
        end_of $server
        openssl speed -seconds 1 -bytes 1024 -multi 2 sha256 2>/dev/null | grep -c sha256
        openssl dgst -sha256 -sign "$INPUT/key" -out signature "$INPUT/certificate"
        openssl dgst -sha256 -verify <(openssl x509 -in "$INPUT/certificate" -noout -pubkey) \
            -signature signature "$INPUT/certificate"
        """,
        prepare="""
        openssl req -x509 -newkey rsa:2048 -nodes -keyout "$INPUT/key" -out "$INPUT/certificate" \
            -subj /CN=localhost -days 3650 2>/dev/null
        """, compared="verification, signature, status"),
)

COMPRESSORS = (
    Program(
        "xz", ("xz-utils",), "xz -T4 in blocks, unpacked with -T4 again; a damaged file",
        """
        xz -T4 -1 --block-size=200KiB -c "$INPUT/text" >text.xz
        xz -T4 -dc text.xz | cksum
        head -c 50000 text.xz | xz -T4 -dc | cksum
        exit ${PIPESTATUS[1]}
        """, prepare=TEXT, status=1, compared="every byte, status, message of the fault"),
    Program(
        "zstd", ("zstd",), "zstd -T4, unpacked; a damaged file", """
        zstd -q -T4 -9 -B512KiB -c "$INPUT/text" >text.zst
        zstd -q -dc text.zst | cksum
        head -c 50000 text.zst | zstd -dc -q | cksum
        exit ${PIPESTATUS[1]}
        """, prepare=TEXT, status=1, compared="every byte, status, message of the fault"),
    Program(
        "pigz", ("pigz",), "pigz -p 4, unpacked by it", """
        pigz -n -p 4 -c "$INPUT/text" >text.gz
        pigz -dc text.gz | cksum
        head -c 50000 text.gz | pigz -dc | cksum
        exit ${PIPESTATUS[1]}
        """, prepare=TEXT, status=1, compared="every byte, status, message of the fault"),
    Program(
        "pbzip2", ("pbzip2",), "pbzip2 -p4, unpacked by it", """
        pbzip2 -q -p4 -b1 -1 -k -c "$INPUT/text" >text.bz2
        pbzip2 -q -dc -p4 text.bz2 | cksum
        """, prepare=TEXT, compared="every byte, status"),
    Program(
        "lbzip2", ("lbzip2",), "lbzip2 -n 4, unpacked by it", """
        lbzip2 -n 4 -1 -c "$INPUT/text" >text.bz2
        lbzip2 -n 4 -dc text.bz2 | cksum
        """, prepare=TEXT, compared="every byte, status"),
    Program(
        "7z", ("p7zip-full",), "7z with 2 threads, tested, unpacked", """
        cp "$INPUT/text" .
        7z a -bd -bso0 -mmt2 -mx1 -mtm- archive.7z text
        7z t -bd archive.7z | grep -E 'Ok|Size'
        7z e -bd -bso0 -so archive.7z | cksum
        7z t -bd -bso0 -bse1 none.7z
        """, prepare=TEXT, status=2, compared="every byte, status", varies=((r"errno=\d+", ""),)),
    Program(
        "sort", ("coreutils",), "sort --parallel=4 of 60,000 lines, with and without memory", """
        sort --parallel=4 -S 20M -k 2n "$INPUT/text" | cksum
        sort --parallel=4 -S 1M -r "$INPUT/text" | cksum
        """, prepare=TEXT, compared="every byte, status"),
    Program(
        "tar", ("tar", "gzip"), "tar with a compressor as its child; compared, and unpacked", """
        cp -r "$SOURCES" tree
        tar --sort=name --mtime=@0 --owner=0 --group=0 -czf tree.tgz tree
        tar -xzf tree.tgz --one-top-level=copy
        tar -dzf tree.tgz --exclude='*' && diff -r tree copy/tree
        tar -tzf none.tgz
        """, status=2, compared="every byte, status, message of the fault"),
)

PICTURES = (
    Program(
        "ffmpeg", ("ffmpeg",), "40 pictures and a tone, scaled, encoded with 4 threads, decoded", """
        ffmpeg -nostdin -v error -f lavfi -i testsrc=size=320x180:rate=20:duration=2 -f lavfi \
            -i sine=duration=2 -threads 4 -vf scale=160:90 -c:v libx264 -preset ultrafast \
            -c:a flac -fflags +bitexact -flags +bitexact film.mkv
        ffmpeg -nostdin -v error -threads 4 -i film.mkv -f md5 -
        ffprobe -v error -show_entries stream=codec_name,nb_read_packets -count_packets film.mkv
        """, compared="every byte, status"),
    Program(
        "imagemagick", ("imagemagick",), "a picture made, blurred, turned, by threads of OpenMP", """
        convert -size 300x200 plasma:fractal -seed 3 +set date:create +set date:modify a.ppm
        convert -size 300x200 gradient:red-blue -blur 0x3 -rotate 30 -resize 150% b.ppm
        identify -format '%w %h %k\\n' b.ppm
        compare -metric RMSE b.ppm b.ppm null:
        convert none.png out.png
        """, status=1, compared="every byte of the picture, status, message of the fault",
        ignored_files="^a.ppm", varies=((r" @.*", ""),)),
)

LANGUAGES = (
    Program(
        "python3", ("python3",),
        "threads, conditions, asyncio, pools of processes (fork, spawn, forkserver), signals, fork",
        'exec /usr/bin/python3 -B "$SOURCES/threads.py"', status=7,
        sometimes=((r"python3[.\d]* still runs", "its helpers of multiprocessing end a moment after "
                    "it, and the report says of those that they still run"),),
        segments=((r"^python3[.\d]*, ended, and nobody saw how", "multiprocessing ends the processes "
                   "of a pool by SIGTERM: a segment stays after such an end, and has no finding"),)),
    Program(
        "node", ("nodejs",), "4 worker threads, pbkdf2 and gzip in the pool, child processes, a signal",
        'exec /usr/bin/node "$SOURCES/workers.js"', status=6),
    Program(
        "java", ("openjdk-17-jre-headless", "openjdk-17-jdk-headless"),
        "threads, monitors, pools, null pointers and deep recursion (signals), a child, exit hooks",
        'exec /usr/bin/java -Xshare:auto -XX:-UsePerfData -Xmx64m -cp "$INPUT" Threads',
        prepare='javac -d "$INPUT" "$SOURCES/Threads.java"', status=9),
    Program(
        "ruby", ("ruby",), "threads, queues, conditions, timeouts, fork, signals",
        'exec ruby "$SOURCES/threads.rb"', status=5),
    Program(
        "perl", ("perl",), "interpreter threads, shared variables, 10 forks, signals, an alarm",
        'exec perl "$SOURCES/threads.pl"', status=8),
    Program(
        "lua", ("lua5.4",), "coroutines, strings, 20 pipes to commands", """
        lua5.4 -e 'local sum = 0
        for i = 1, 20 do local pipe = io.popen("echo " .. i); sum = sum + pipe:read("n"); pipe:close() end
        local make = coroutine.wrap(function() for i = 1, 50000 do coroutine.yield(i) end end)
        local text = {}
        for i = 1, 50000 do text[#text + 1] = make() % 7 end
        print(sum, #table.concat(text), os.execute("exit 3"))
        os.exit(4)'
        """, status=4),
    Program(
        "php", ("php-cli",), "hashes, a child process with pipes, regular expressions, an exception", r"""
        exec php -r '$h = ""; for ($i = 0; $i < 20000; $i++) $h = md5($h . $i); echo $h, "\n";
        $p = proc_open(["tr", "a-z", "A-Z"], [["pipe", "r"], ["pipe", "w"]], $pipes);
        fwrite($pipes[0], "text"); fclose($pipes[0]); echo stream_get_contents($pipes[1]), "\n";
        echo proc_close($p), preg_match_all("/a(b|c)/", "abacad"), "\n";
        throw new Exception("thrown");'
        """, status=255),
    Program(
        "go", ("golang-go",), "the go tool: vet, build and run of a small module", """
        export GOCACHE="$PWD/cache" GOPATH="$PWD/path" GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPROXY=off
        export GO111MODULE=on CGO_ENABLED=0
        cp -r "$INPUT/cache" "$INPUT/module" .
        cd module
        /usr/bin/go vet . && /usr/bin/go build -trimpath -o ../program . && ../program
        /usr/bin/go list nothing/there
        """,
        prepare=r"""
        mkdir "$INPUT/module"
        cd "$INPUT/module"
        printf 'module small\n\ngo 1.19\n' >go.mod
        printf 'package main\n\nfunc main() { c := make(chan int); go func() { c <- 42 }(); println(<-c) }\n' \
            >main.go
        GOCACHE="$INPUT/cache" CGO_ENABLED=0 GOFLAGS=-mod=mod /usr/bin/go build -trimpath runtime
        """, status=1, compared="the program, its output, status", ignored_files="^cache|^path",
        unrecorded=((r"bin/go is a Go program", "is itself in Go: its goroutines are not recorded, and "
                     "the report says so"), (r"program is a Go program", "so is what it built")),
        segments=((r"^go, ended, and nobody saw how", "Go ends a program by the system call, past libc: "
                   "a segment stays after such an end, and has no finding"),)),
)

BUILDERS = (
    Program(
        "gcc, make", ("gcc", "make"), "make -j2 of five files, twice; a fault of the compiler", """
        cp "$SOURCES"/project/* .
        make -s -j2 && ./program
        make -j2
        echo 'int main(void) { return x; }' | gcc -x c -
        """, status=1, compared="every byte of objects and program, messages, status"),
    Program(
        "cmake, ninja", ("cmake", "ninja-build"), "cmake configures, ninja -j2 builds, twice", """
        cp "$SOURCES"/project/* .
        cmake -G Ninja -DCMAKE_BUILD_TYPE=Release . >log && ninja -j2 | tail -1 && ./program
        ninja
        ninja nothing
        """, status=1, compared="the program, messages, status",
        ignored_files=r"^log|^CMakeFiles|\.ninja|^CMakeCache|cmake_install"),
    Program(
        "git", ("git",), "20 commits, clone, branch, merge, gc with 2 threads, fsck", r"""
        export GIT_AUTHOR_DATE='@1700000000 +0000' GIT_COMMITTER_DATE='@1700000000 +0000'
        git config --global user.name name && git config --global user.email a@b
        git config --global init.defaultBranch main && git config --global pack.threads 2
        git init -q one && cd one
        for ((i = 0; i < 20; i++)); do
            head -n $((i * 500 + 10)) "$INPUT/text" >file$((i % 7))
            git add . && git commit -q -m "change $i"
        done
        git switch -q -c other HEAD~3 && echo other >other && git add . && git commit -q -m other
        git switch -q main && git merge -q -m merge other
        cd .. && git clone -q --no-local one two
        git -C two gc -q --aggressive --prune=now
        git -C two fsck --no-progress && git -C two log --oneline | cksum
        git -C two rev-parse HEAD 'HEAD^{tree}'
        git -C two show nothing
        """, prepare=TEXT, status=128, compared="commits and trees by their names, messages, status",
        ignored_files=r"^(one|two)/\.git/"),
    Program(
        "rsync", ("rsync",), "a tree copied, a change, copied again by checksum; both compared", r"""
        cp -r "$SOURCES" tree && cp "$INPUT/text" tree
        find tree -exec touch -d @1700000000 {} +
        rsync -a --itemize-changes tree/ copy/ && echo more >>tree/text && rm tree/threads.py
        rsync -ac --delete --itemize-changes tree/ copy/
        diff -r tree copy && rsync none/ copy/ 2>&1
        """, prepare=TEXT, status=23, compared="every byte, list of changes, status"),
    Program(
        "curl", ("curl", "python3-minimal"), "20 files at once from an HTTP server in Python, a name "
        "that is resolved in a thread, a refusal", """
        cp "$INPUT/text" .
        /usr/bin/python3 -m http.server 8084 --bind 127.0.0.1 >/dev/null 2>&1 &
        server=$!
        until_listening 8084
        mkdir got
        curl -sS --no-progress-meter -Z --parallel-max 4 -o got/#1 \
            'http://localhost:8084/text?[1-20]'
        cat got/* | cksum
        curl -sS -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8084/none
        kill $server
        end_of $server
        curl -sS http://127.0.0.1:8085/
        """, prepare=TEXT, status=7, compared="every byte, status, message",
        varies=((r"after \d+ ms", "after T"),), segments=SIGNALLED_PYTHON),
)

TOOLS = (
    Program(
        "bash", ("bash", "coreutils"), "200 short processes: pipes, substitutions, jobs, traps, exec",
        'exec bash "$SOURCES/processes.sh"', status=11,
        unrecorded=((r"bin/echo " + BARE, "one echo is started by env -i, without the preload: the "
                     "report says so"),),
        sometimes=((r"bin/cat still runs", "its coprocess ends a moment after it, and the report says "
                    "that it still runs"),)),
    Program(
        "vim", ("vim",), "vim -es: search, replace, sort, a filter through a command, write", """
        cp "$INPUT/text" .
        vim -u NONE -es -c '%s/line/LINE/' -c '1,2000!sort' -c '2001,$sort n' -c 'w' -c 'q' text
        echo $?
        vim -u NONE -es -c 'cquit 3' text
        """, prepare=TEXT, status=3, compared="the file, status", ignored_files="viminfo"),
    Program(
        "emacs", ("emacs-nox",), "emacs --batch: a buffer sorted, two threads, a process, byte code", """
        emacs --batch -Q --eval '(let ((sum 0) (lock (make-mutex)))
            (dolist (thread (list (make-thread (lambda () (with-mutex lock (setq sum (+ sum 1)))))
                                  (make-thread (lambda () (with-mutex lock (setq sum (+ sum 2)))))))
              (thread-join thread))
            (find-file (concat (getenv "INPUT") "/text"))
            (sort-lines t (point-min) (point-max))
            (princ (format "%d %s %s" sum (md5 (current-buffer)) (shell-command-to-string "echo hi"))))' \
            --eval '(kill-emacs 6)'
        """, prepare=TEXT, status=6),
    Program(
        "tmux", ("tmux",), "a server, two sessions, keys, a window that ends; the server is ended", """
        tmux -S socket -f /dev/null new-session -d -s one -x 80 -y 24 'exec /bin/sh'
        tmux -S socket new-session -d -s two 'echo in two >two; exec /bin/cat'
        tmux -S socket send-keys -t one 'echo $((6*7)) >one; exit' Enter
        until_there one two
        while tmux -S socket has-session -t one 2>/dev/null; do rest; done
        tmux -S socket list-sessions -F '#{session_name} #{session_windows}'
        server=$(tmux -S socket display-message -p '#{pid}')
        tmux -S socket kill-server
        while [ -e "/proc/$server/exe" ]; do rest; done
        tmux -S none list-sessions
        """, status=1, compared="output, files, status", ignored_files="^socket",
        unrecorded=((r"utempter runs with more rights", "tmux starts utempter, which is set-group-ID "
                     "and not recorded: the report says so"),)),
    Program(
        "gdb", ("gdb", "gcc"), "gdb -batch: a breakpoint, threads, stack, exit status of the program", """
        gdb -nx -q -batch -ex 'set width 0' -ex 'set debuginfod enabled off' -ex 'break done' -ex run \
            -ex 'info args' -ex backtrace -ex 'info threads' -ex continue \
            -ex 'print $_exitcode' "$INPUT/threads" 2>&1
        """, prepare='gcc -g -pthread -o "$INPUT/threads" "$SOURCES/threads.c"',
        varies=((r"0x[0-9a-f]+", "A"), (r"LWP \d+", "LWP"), (r"process \d+", "process"),
                (r"^\[(New|Thread|Switching|Detaching|Inferior).*\n", ""),
                (r"preload-programs-\w+", "P"), (r" +Frame", " Frame"), (r"^(warning|Warning):.*\n", "")),
        compared="stack, arguments, exit status of the program; not the order of threads"),
    Program(
        "valgrind", ("valgrind", "gcc"), "memcheck of a program with threads and a child", """
        exec valgrind -q --leak-check=full --error-exitcode=99 "$INPUT/threads"
        """, prepare='gcc -g -pthread -o "$INPUT/threads" "$SOURCES/threads.c"', status=12,
        varies=((r"==\d+==", "==P=="),),
        unrecorded=((r"memcheck-\S+ is linked statically", "valgrind becomes its tool, which is "
                     "linked statically: the report says so"),)),
    Program(
        "strace", ("strace", "gcc"), "strace -f of threads and a child: exits, signals, writes", """
        strace -f -q -o trace -e trace=write,exit_group -e signal=none "$INPUT/threads"
        status=$?
        sed -E 's/^[0-9]+ +//' trace | grep -E '^(write.1,|exit_group)' | sort
        exit $status
        """, prepare='gcc -g -pthread -o "$INPUT/threads" "$SOURCES/threads.c"', status=12,
        ignored_files="^trace",
        compared="writes and exits, status; not system calls of the recorder, which strace shows"),
    Program(
        "busybox", ("busybox-static",), "a static shell that starts static tools",
        """
        busybox sh -c 'busybox seq 1 200 | busybox awk "{ s += \\$1 } END { print s }"; exit 4'
        """, status=4, unrecorded=((r"busybox is linked statically",
                                    "is static: nothing of it is recorded, and the report says so"),)),
    Program(
        "set-uid", ("passwd", "util-linux"), "passwd and su (set-user-ID) asked by nobody", """
        setpriv --reuid=nobody --regid=nogroup --clear-groups passwd -S
        setpriv --reuid=nobody --regid=nogroup --clear-groups su -c true </dev/null
        """, status=1, unrecorded=(
            (r"^\S*(passwd|su) runs with more rights",
             "passwd and su are not recorded, as everything with more rights than its caller, and the "
             "report says so"),)),
    Program(
        "sudo", ("sudo",), "sudo to another user, a command that fails, a variable that is not let "
        "through", """
        sudo -n -u nobody /usr/bin/id -un
        LD_PRELOAD_SEEN=yes sudo -n -u nobody /usr/bin/env | grep -c LD_
        sudo -n -u nobody sh -c 'exit 6'
        """, status=6, unrecorded=(
            (rf"^/usr/bin/(id|env|sh) ({BARE}|{OTHER})",
             "sudo gives what it starts an environment without the preload, and another user, who "
             "may not write into the directory: the report says so"),)),
    Program(
        "parallel", ("parallel",), "GNU parallel: 20 jobs, 4 at a time, in order; two fail", """
        parallel --will-cite -j 4 -k 'echo {} | tr 0-9 a-j; exit $(({} % 10 == 3))' ::: {1..20}
        """, status=2, ignored_files=r"^\.parallel",
        unrecorded=((r"^(/bin/sh|/usr/bin/false) " + BARE, "to learn how long a command may be, it starts sh and "
                     "others with an empty environment, without the preload: the report says so"),),
        sometimes=((rf"^/usr/bin/sleep ({BARE}|left no recording)",
                    "so it starts sleep, and kills it, perhaps before it began"),)),
    Program(
        "stress-ng", ("stress-ng",), "stressors: pthread, mutex, fork, vfork, clone, signals, exec", """
        for kind in pthread fork vfork clone sigsuspend exec; do
            stress-ng --quiet --$kind 1 --$kind-ops 60 --timeout 100 || echo $kind failed
        done
        # With fewer the first thread may be done before the second is made, which is then a failure.
        stress-ng --quiet --mutex 1 --mutex-ops 5000 --timeout 100 || echo mutex failed
        """),
    Program(
        "socat", ("socat",), "a server that forks for each of 8 clients", """
        socat UNIX-LISTEN:socket,fork SYSTEM:'tr a-z A-Z' &
        server=$!
        until_there socket
        for ((i = 0; i < 8; i++)); do echo "client $i" | socat - UNIX-CONNECT:socket; done
        kill $server
        end_of $server
        """, ignored_files="^socket",
        sometimes=((r"bin/socat still runs", "a process for a client ends a moment after the server, "
                    "and the report says that it still runs"),)),
)

PROGRAMS = (*DATABASES, *SERVERS, *COMPRESSORS, *PICTURES, *LANGUAGES, *BUILDERS, *TOOLS)
