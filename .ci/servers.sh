# Servers of the run's own, on free loopback ports, below $WORK; sourced by .ci/run, which runs as root.
#
# Each start_ function returns when its server answers. Nothing is synced to the disk: the data lives one run.

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for LOG COMMAND...: wait until the command succeeds, a minute at most; print the server's log if it does not.
wait_for() {
    local log=$1
    shift
    for _ in $(seq 300); do
        if "$@" >/dev/null 2>&1; then
            return
        fi
        sleep 0.2
    done
    cat "$log"
    echo "A server did not answer within a minute; its log is above." >&2
    return 1
}

start_postgresql() {
    local port data=$WORK/postgresql
    port=$(free_port)
    POSTGRESQL_BIN=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    mkdir "$data"
    chown postgres "$data"
    runuser -u postgres -- "$POSTGRESQL_BIN/initdb" -D "$data" -U postgres --auth=trust -E UTF8 \
        --locale=C.UTF-8 --no-sync >/dev/null
    POSTGRESQL_DATA=$data
    runuser -u postgres -- "$POSTGRESQL_BIN/pg_ctl" -D "$data" -w -l "$data/log" -o "-p $port \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c fsync=off \
        -c synchronous_commit=off -c full_page_writes=off" start >/dev/null || {
        cat "$data/log"
        return 1
    }
    POSTGRESQL_URL=postgres://postgres@127.0.0.1:$port/postgres
    POSTGRESQL_RESTART="runuser -u postgres -- $POSTGRESQL_BIN/pg_ctl -D $data -w -m fast -l $data/log restart"
}

start_redis() {
    local port
    port=$(free_port)
    mkdir "$WORK/redis"
    redis-server --port "$port" --bind 127.0.0.1 --dir "$WORK/redis" --save '' --appendonly no \
        >"$WORK/redis/log" 2>&1 &
    REDIS_PID=$!
    wait_for "$WORK/redis/log" redis-cli -p "$port" ping
    # The cluster's client waits 1 s for a task, so 2 s is the least that a socket may need.
    REDIS_URL_HERE="redis://127.0.0.1:$port/0?socket_timeout=2&socket_connect_timeout=0.25"
}

start_mariadb() {
    local port data=$WORK/mariadb
    port=$(free_port)
    mkdir "$data"
    chown mysql "$data"
    mariadb-install-db --no-defaults --user=mysql --datadir="$data" --skip-test-db \
        --auth-root-authentication-method=normal >/dev/null
    mariadbd --no-defaults --user=mysql --datadir="$data" --port="$port" --bind-address=127.0.0.1 \
        --socket="$data/socket" --pid-file="$data/pid" --character-set-server=utf8mb4 \
        --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 >"$data/log" 2>&1 &
    MARIADB_PID=$!
    wait_for "$data/log" mariadb-admin --no-defaults -S "$data/socket" -u root ping
    MARIADB_URL=mysql://root@127.0.0.1:$port/visit_alerts
}

# stop_servers: stop what was started; safe to call again.
stop_servers() {
    if [ -n "${POSTGRESQL_DATA:-}" ]; then
        runuser -u postgres -- "$POSTGRESQL_BIN/pg_ctl" -D "$POSTGRESQL_DATA" -m immediate stop >/dev/null || true
    fi
    local pid
    for pid in ${REDIS_PID:-} ${MARIADB_PID:-}; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    POSTGRESQL_DATA='' REDIS_PID='' MARIADB_PID=''
}
