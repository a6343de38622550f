# shellcheck shell=bash
# Runs programs for a slot so that nothing outlives the script. Needs common.sh.
#
# Each program leads a process group of its own: Ctrl-C in the terminal reaches the script alone, which then ends its
# programs in order. A script that is killed outright takes its programs along (--pdeathsig); what even that misses
# carries the slot's mark and is ended at the slot's next start.

# Starts a program in the background; its pid is in SPAWNED. It reads nothing, unless SPAWN_INPUT names a file.
spawn() {
	SUITE_SLOT_MARK=${SLOT:-none} setpriv --pdeathsig TERM -- setsid -- "$@" <"${SPAWN_INPUT:-/dev/null}" 9>&- &
	SPAWNED=$!
}

# Runs a program to its end and answers with its status. Unlike a plain call this lets a trap run at once: bash holds
# signals back while it waits for a program in the foreground.
attend() {
	local status=0
	spawn "$@"
	ATTENDED=$SPAWNED
	wait "$ATTENDED" || status=$?
	ATTENDED=
	return "$status"
}

group_lives() { kill -0 -- "-$1" 2>/dev/null && process_lives "$1"; }

# Ends process groups together: asks, waits, then kills.
end_groups() {
	local patience=$1 pid
	shift
	for pid in "$@"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
	for pid in "$@"; do
		wait_gone "$pid" "$patience" || true
		kill -KILL -- "-$pid" 2>/dev/null || true
	done
}

# Makes sure that `finish` runs once, whatever ends the script.
end_with() {
	# shellcheck disable=SC2064 # the name is known now
	trap "run_finish $1" EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

run_finish() {
	local status=$?
	trap '' HUP PIPE
	# A second Ctrl-C means now.
	trap 'end_groups 0 ${RUNNING_PIDS[*]:-} ${ATTENDED:-}' INT TERM
	trap - EXIT
	set +e
	[[ -z ${ATTENDED:-} ]] || end_groups 10 "$ATTENDED"
	"$1" "$status"
	exit "$status"
}

indent() { sed 's/^/    /'; }
