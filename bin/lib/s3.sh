# shellcheck shell=bash
# A private S3 server for the tests of backups: moto, from PyPI. Needs common.sh, packages.sh and python.sh; a slot must be
# taken.

# The requirements were written by `pip freeze` on a machine where the tests passed.
s3_home() { python_home moto "$ROOT/bin/lib/s3-requirements.txt"; }

s3_runs() {
	local pid
	pid=$(cat "$SLOT/run/s3.pid" 2>/dev/null || true)
	process_works_in "$pid" "$SLOT/run" && ! port_is_free "$(cat "$SLOT/s3.port")"
}

# Starts one for the slot, on a port of its own; it forgets everything at its end.
s3_start() {
	local home port tenths
	s3_runs && return 0
	home=$(s3_home)
	for _ in 1 2 3; do
		s3_stop
		port=$(free_port "$(cat "$SLOT/s3.port" 2>/dev/null || true)")
		printf '%s\n' "$port" >"$SLOT/s3.port"
		(
			cd "$SLOT/run" || exit 1
			# Accounts and keys are not what is tested: it takes any.
			exec setsid "$home/bin/moto_server" -H 127.0.0.1 -p "$port" >"$SLOT/log/s3.log" 2>&1 9>&- </dev/null
		) &
		printf '%s\n' "$!" >"$SLOT/run/s3.pid"
		for ((tenths = 300; tenths > 0; tenths--)); do
			port_is_free "$port" || return 0
			process_lives "$(cat "$SLOT/run/s3.pid")" || break
			sleep 0.1
		done
	done
	tail -n 20 "$SLOT/log/s3.log" >&2
	die "the S3 server for the tests does not start (its last words are above)"
}

s3_stop() {
	local pid
	pid=$(cat "$SLOT/run/s3.pid" 2>/dev/null || true)
	if process_works_in "$pid" "$SLOT/run"; then
		kill -TERM "$pid" 2>/dev/null || true
		wait_gone "$pid" 5 || kill -KILL "$pid" 2>/dev/null || true
	fi
	rm -f "$SLOT/run/s3.pid"
}

s3_env() {
	printf 'export SUITE_S3_SERVER=%q\n' "${SUITE_S3_SERVER:-http://127.0.0.1:$(cat "$SLOT/s3.port")}"
}
