# shellcheck shell=bash
# A private PostgreSQL and Redis for one slot. Needs common.sh and packages.sh.
#
# Both listen on 127.0.0.1 only, on ports of their own, with passwords of their own; there is no Unix socket, whose
# path may not be longer than 107 bytes. The system's servers, clusters and configuration are never touched.

BOOTSTRAP_ROLE=suite_bootstrap

# PostgreSQL refuses to run as root.
service_user() {
	if ((EUID != 0)); then
		id -un
	elif id postgres &>/dev/null; then
		printf postgres
	else
		id employee-suite &>/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin employee-suite
		printf employee-suite
	fi
}

# Runs a server's program as the servers' user, in a directory that it can enter, without the slot's lock.
as_service() {
	if ((EUID == 0)); then
		local user
		user=$(service_user)
		(cd / && HOME=/nonexistent exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@") 9>&-
	else
		(cd / && exec "$@") 9>&-
	fi
}

data_dir() { readlink -f "$SLOT/data"; }

# Makes the directory that belongs to the servers' user. Under a closed home such as /root that user cannot reach it;
# then it lies under /var/tmp and the slot has a link to it. The slot's path inside tells a copied checkout's link.
prepare_data_dir() {
	local user
	user=$(service_user)
	if [[ -d $SLOT/data && $(cat "$SLOT/data/slot" 2>/dev/null) == "$SLOT" && $(stat -Lc %U "$SLOT/data") == "$user" ]] &&
		as_service test -w "$(data_dir)"; then
		return 0
	fi
	if [[ -L $SLOT/data ]]; then rm -f "$SLOT/data"; else rm -rf "$SLOT/data"; fi
	mkdir -m 0700 "$SLOT/data"
	((EUID != 0)) || chown "$user:" "$SLOT/data"
	if ! as_service test -w "$SLOT/data"; then
		rmdir "$SLOT/data"
		local elsewhere
		elsewhere=$(mktemp -d /var/tmp/employee-suite.XXXXXXXX)
		chown "$user:" "$elsewhere"
		ln -s "$elsewhere" "$SLOT/data"
	fi
	printf '%s\n' "$SLOT" >"$SLOT/data/slot"
}

remove_data() {
	[[ -e $SLOT/data || -L $SLOT/data ]] || return 0
	local data
	data=$(data_dir)
	rm -rf "${data:?}" "$SLOT/data"
}

# --- PostgreSQL ---

# Runs SQL from standard input as the superuser.
psql_bootstrap() {
	PGPASSWORD=$(slot_secret postgres-bootstrap) "$(postgres_bin)/psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
		--host 127.0.0.1 --port "$(cat "$SLOT/postgres.port")" --username "$BOOTSTRAP_ROLE" --dbname postgres 9>&-
}

postgres_init() {
	local bin=$1 data=$2 locale=C flags=()
	# C.UTF-8 knows upper and lower case of all letters and sorts by code point, alike on every machine.
	locale -a 2>/dev/null | grep -qiE '^C\.utf-?8$' && locale=C.UTF-8
	[[ $PROFILE == test ]] && flags+=(--no-sync)
	say "creating a PostgreSQL cluster ($("$bin/postgres" --version | cut -d' ' -f3)) …"
	# shellcheck disable=SC2016 # expanded by the inner shell
	slot_secret postgres-bootstrap | as_service bash -c 'umask 077 && cat >"$1"' -- "$data.password"
	as_service "$bin/initdb" --pgdata "$data" --username "$BOOTSTRAP_ROLE" --encoding UTF8 --locale "$locale" \
		--auth scram-sha-256 --pwfile "$data.password" "${flags[@]}" >"$SLOT/log/initdb.log" 2>&1 ||
		{ tail -n 20 "$SLOT/log/initdb.log" >&2 && die "initdb failed"; }
	rm -f "$data.password"
	as_service tee -a "$data/postgresql.conf" >/dev/null <<<"include = 'suite.conf'"
}

postgres_settings() {
	cat <<-CONF
		listen_addresses = '127.0.0.1'
		port = $1
		unix_socket_directories = ''
		timezone = 'UTC'
		log_timezone = 'UTC'
		shared_buffers = 256MB
		max_wal_size = 2GB
		synchronous_commit = on
	CONF
	case $PROFILE in
	test) printf '%s\n' 'max_connections = 300' 'fsync = off' 'full_page_writes = off' ;;
	*) printf '%s\n' 'max_connections = 200' 'fsync = on' ;;
	esac
}

# The application is never a superuser: row-level security does not bind one. The migrator owns the database, and
# programs step down from it to suite_app.
postgres_roles() {
	psql_bootstrap <<-SQL
		CREATE ROLE suite_migrator LOGIN CREATEROLE CREATEDB PASSWORD '$(slot_secret postgres-migrator)';
		CREATE ROLE suite_app NOLOGIN NOBYPASSRLS;
		GRANT suite_app TO suite_migrator WITH ADMIN OPTION;
		CREATE ROLE suite_backup LOGIN BYPASSRLS PASSWORD '$(slot_secret postgres-backup)';
		GRANT pg_read_all_data TO suite_backup;
		CREATE DATABASE suite OWNER suite_migrator;
	SQL
	as_service touch "$(data_dir)/postgres/suite.ready"
}

# Starts the cluster on its last port or on another; 1 means that the log has the reason.
postgres_launch() {
	local bin=$1 data=$2 port
	port=$(free_port "$(cat "$SLOT/postgres.port" 2>/dev/null || true)")
	for _ in 1 2 3 4 5; do
		postgres_settings "$port" | as_service tee "$data/suite.conf" >/dev/null
		as_service truncate --size 0 "$data/server.log"
		printf '%s\n' "$port" >"$SLOT/postgres.port"
		as_service "$bin/pg_ctl" --pgdata "$data" --log "$data/server.log" --wait --timeout 120 --silent start >/dev/null 2>&1 && return 0
		# Somebody took the port since it was seen free.
		grep -q 'could not bind' "$data/server.log" || return 1
		port=$(free_port)
	done
	return 1
}

postgres_start() {
	local data bin
	data=$(data_dir)/postgres
	postgres_stop
	bin=$(postgres_bin_of "$(cat "$data/PG_VERSION" 2>/dev/null || true)")
	# A cluster whose making was cut short, or whose PostgreSQL has gone, is made anew: nothing else is kept in it.
	if [[ -z $bin || ! -e $data/suite.ready ]]; then
		rm -rf "$data"
		bin=$(postgres_bin)
		postgres_init "$bin" "$data"
	fi
	ln -sf "$data/server.log" "$SLOT/log/postgres.log"
	if ! postgres_launch "$bin" "$data"; then
		tail -n 20 "$data/server.log" >&2
		# Without fsync a crash of the machine may have spoilt it; a test cluster holds nothing of worth.
		[[ $PROFILE == test && -e $data/suite.ready ]] || die "PostgreSQL does not start (its last words are above)"
		say "making the test cluster anew"
		rm -rf "$data"
		postgres_init "$bin" "$data"
		postgres_launch "$bin" "$data" || die "PostgreSQL does not start: see $data/server.log"
	fi
	[[ -e $data/suite.ready ]] || postgres_roles
}

postgres_stop() {
	local data pid
	[[ -d $SLOT/data/postgres ]] || return 0
	data=$(data_dir)/postgres
	pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null || true)
	[[ -n $pid ]] || return 0
	if process_works_in "$pid" "$data"; then
		kill -INT "$pid" 2>/dev/null || true
		wait_gone "$pid" 30 || kill -QUIT "$pid" 2>/dev/null || true
		wait_gone "$pid" 10 || kill -KILL "$pid" 2>/dev/null || true
	fi
	# Left by a killed server, or copied with the checkout: PostgreSQL would mistake whoever has the pid now for itself.
	rm -f "$data/postmaster.pid"
}

postgres_url() {
	printf 'postgres://suite_migrator:%s@127.0.0.1:%s/suite' "$(slot_secret postgres-migrator)" "$(cat "$SLOT/postgres.port")"
}

# A standby of the slot's own PostgreSQL, for tests of what reads from one. It shows each commit two seconds late, so that both
# what waits for it and what does not can be seen.
standby_start() {
	local bin data port
	[[ -z ${DATABASE_URL:-} ]] || die "a standby needs the slot's own PostgreSQL"
	data=$(data_dir)/standby
	standby_stop
	rm -rf "$data"
	bin=$(postgres_bin_of "$(cat "$(data_dir)/postgres/PG_VERSION")")
	port=$(free_port "$(cat "$SLOT/standby.port" 2>/dev/null || true)")
	PGPASSWORD=$(slot_secret postgres-bootstrap) as_service "$bin/pg_basebackup" --pgdata "$data" --write-recovery-conf --no-sync \
		--checkpoint fast --host 127.0.0.1 --port "$(cat "$SLOT/postgres.port")" --username "$BOOTSTRAP_ROLE"
	{
		postgres_settings "$port"
		printf "recovery_min_apply_delay = '2s'\n"
	} | as_service tee "$data/suite.conf" >/dev/null
	printf '%s\n' "$port" >"$SLOT/standby.port"
	as_service "$bin/pg_ctl" --pgdata "$data" --log "$data/server.log" --wait --timeout 120 --silent start >/dev/null 2>&1 ||
		{ tail -n 20 "$data/server.log" >&2 && die "the standby does not start"; }
}

standby_stop() {
	local data pid
	[[ -d $SLOT/data/standby ]] || return 0
	data=$(data_dir)/standby
	pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null || true)
	process_works_in "$pid" "$data" || return 0
	kill -QUIT "$pid" 2>/dev/null || true
	wait_gone "$pid" 10 || kill -KILL "$pid" 2>/dev/null || true
}

standby_env() {
	printf 'export SUITE_STANDBY_URL=%q\n' "postgres://suite_migrator:$(slot_secret postgres-migrator)@127.0.0.1:$(cat "$SLOT/standby.port")/suite"
}

# --- Redis ---

redis_settings() {
	cat <<-CONF
		bind 127.0.0.1
		port $1
		dir $2
		pidfile $2/redis.pid
		logfile $2/server.log
		requirepass $(slot_secret redis)
		daemonize yes
		databases 64
		save ""
		maxmemory-policy noeviction
	CONF
	case $PROFILE in
	test) printf 'appendonly no\n' ;;
	*) printf 'appendonly yes\nappendfsync everysec\n' ;;
	esac
}

redis_ping() {
	[[ $(REDISCLI_AUTH=$(slot_secret redis) redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null 9>&-) == PONG ]]
}

redis_launch() {
	local data=$1 port=$2 tenths=300
	redis_settings "$port" "$data" | as_service tee "$data/redis.conf" >/dev/null
	printf '%s\n' "$port" >"$SLOT/redis.port"
	# The program decides by its name whether it is the server (see redis_program).
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_service bash -c 'exec -a redis-server "$@"' -- "$(redis_program)" "$data/redis.conf" >/dev/null
	until redis_ping "$port"; do
		((tenths-- > 0)) || return 1
		grep -q 'Failed listening' "$data/server.log" 2>/dev/null && return 1
		sleep 0.1
	done
}

redis_start() {
	local data port
	data=$(data_dir)/redis
	redis_stop
	as_service mkdir -p "$data"
	as_service touch "$data/redis.conf" "$data/server.log"
	as_service chmod 0600 "$data/redis.conf"
	ln -sf "$data/server.log" "$SLOT/log/redis.log"
	port=$(free_port "$(cat "$SLOT/redis.port" 2>/dev/null || true)")
	for _ in 1 2 3 4 5; do
		as_service truncate --size 0 "$data/server.log"
		redis_launch "$data" "$port" && return 0
		port=$(free_port)
	done
	tail -n 20 "$data/server.log" >&2
	die "Redis does not start (its last words are above)"
}

redis_stop() {
	local data pid
	[[ -d $SLOT/data/redis ]] || return 0
	data=$(data_dir)/redis
	pid=$(cat "$data/redis.pid" 2>/dev/null || true)
	if process_works_in "$pid" "$data"; then
		kill -TERM "$pid" 2>/dev/null || true
		wait_gone "$pid" 10 || kill -KILL "$pid" 2>/dev/null || true
	fi
	rm -f "$data/redis.pid"
}

redis_url() {
	printf 'redis://default:%s@127.0.0.1:%s/0' "$(slot_secret redis)" "$(cat "$SLOT/redis.port")"
}

# --- Both ---

# Starts what the caller's environment does not name. PROFILE is demo (durable) or test (fast, forgetful).
services_start() {
	local missing=()
	[[ -n ${DATABASE_URL:-} ]] || missing+=(postgres)
	[[ -n ${REDIS_URL:-} ]] || missing+=(redis)
	((${#missing[@]})) || return 0
	need_programs "${missing[@]}"
	prepare_data_dir
	# Servers of the same profile that an earlier run left are as good as new ones.
	[[ $(cat "$SLOT/profile" 2>/dev/null) == "$PROFILE" ]] || services_stop
	printf '%s\n' "$PROFILE" >"$SLOT/profile"
	[[ -n ${DATABASE_URL:-} ]] || postgres_runs || postgres_start
	[[ -n ${REDIS_URL:-} ]] || redis_runs || redis_start
}

services_stop() {
	standby_stop
	redis_stop
	postgres_stop
}

postgres_runs() {
	local data
	[[ -d $SLOT/data/postgres ]] || return 1
	data=$(data_dir)/postgres
	process_works_in "$(head -n 1 "$data/postmaster.pid" 2>/dev/null)" "$data"
}

redis_runs() {
	local data
	[[ -d $SLOT/data/redis ]] || return 1
	data=$(data_dir)/redis
	process_works_in "$(cat "$data/redis.pid" 2>/dev/null)" "$data"
}

# Prints the two addresses as shell exports: the caller's own where given, else those of this slot.
services_env() {
	printf 'export DATABASE_URL=%q\n' "${DATABASE_URL:-$(postgres_url)}"
	printf 'export REDIS_URL=%q\n' "${REDIS_URL:-$(redis_url)}"
}
