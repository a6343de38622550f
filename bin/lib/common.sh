# shellcheck shell=bash
# What every script here needs: messages, where state lives, and slots.
# A slot is one directory that one run owns at a time: its servers' data, its secrets and its logs.

umask 022
shopt -s inherit_errexit

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# Fixed, so that every long-lived child can close it: a server that inherited the lock would keep the slot taken
# after its script was killed.
SLOT_LOCK_FD=9

say() { printf '%s\n' "$*" >&2; }
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Seconds since the script started, for messages that say how long something took.
seconds() { printf '%s' "$SECONDS"; }

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# A checkout that belongs to somebody else is left alone, even by root: a file of root's in a user's tree would break
# the user's next build. State and the build then go to this user's own state directory.
checkout_is_mine() { [[ -O $ROOT && -w $ROOT ]]; }

state_dir() {
	local dir
	if [[ -n ${SUITE_STATE_DIR:-} ]]; then
		dir=$SUITE_STATE_DIR
	elif checkout_is_mine; then
		dir=$ROOT/.local
	else
		dir=${XDG_STATE_HOME:-$HOME/.local/state}/employee-suite/$(printf '%s' "$ROOT" | cksum | cut -d' ' -f1)
	fi
	mkdir -p "$dir" || die "cannot create $dir; set SUITE_STATE_DIR to a directory you can write"
	(cd "$dir" && pwd -P)
}

# Where cargo builds. Exported only when the default (target/ in the checkout) is not ours to write.
use_target_dir() {
	if [[ -z ${CARGO_TARGET_DIR:-} ]]; then
		checkout_is_mine && return 0
		CARGO_TARGET_DIR=$(state_dir)/target
		export CARGO_TARGET_DIR
	fi
}

target_dir() { printf '%s' "${CARGO_TARGET_DIR:-$ROOT/target}"; }

# Opens a slot's directory and says whether it is free. It stays locked until this script ends.
slot_try() {
	SLOT=$(state_dir)/$1
	mkdir -p "$SLOT/log" "$SLOT/run"
	# The servers' user must be able to pass through on its way to its data; the secrets in it are 0600.
	chmod 0711 "$SLOT"
	eval "exec $SLOT_LOCK_FD>>\"\$SLOT/lock\""
	flock --nonblock "$SLOT_LOCK_FD"
}

# Takes one slot by its name or fails.
slot_take() {
	slot_try "$1" || die "slot $1 is in use by another run"
}

# Takes the first free slot of a kind: demo-1, demo-2, …
slot_take_free() {
	local number
	for ((number = 1; number <= 32; number++)); do
		slot_try "$1-$number" && return 0
	done
	die "32 slots of $1 are in use"
}

# Reads a secret of the slot, made at its first use.
slot_secret() {
	local file=$SLOT/$1.secret
	if [[ ! -s $file ]]; then
		(umask 077 && random_hex "${2:-32}" >"$file")
	fi
	cat "$file"
}

# Succeeds when a process is alive and works in a directory: a pid alone may have been given to another program.
process_works_in() {
	local pid=$1 dir=$2
	[[ $pid =~ ^[0-9]+$ ]] || return 1
	[[ $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$dir" ]]
}

# A dead child of nobody stays in the process table until init looks: it counts as gone, though kill -0 still finds it.
process_lives() {
	local state
	state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
	[[ -n $state && $state != [ZX]* ]]
}

# Waits until a process is gone; fails after some seconds.
wait_gone() {
	local pid=$1 twentieths=$(($2 * 20))
	while process_lives "$pid"; do
		((twentieths-- > 0)) || return 1
		sleep 0.05
	done
}

# Signals everything that runs under this slot's mark, whichever script started it. The mark is in the environment of
# supervised programs only.
slot_marked_processes() {
	local file
	grep -lzsxF "SUITE_SLOT_MARK=$SLOT" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ file _; do
		[[ $file == "$$" || $file == "$BASHPID" ]] || printf '%s\n' "$file"
	done || true
}

slot_end_leftovers() {
	local pids
	mapfile -t pids < <(slot_marked_processes)
	((${#pids[@]})) || return 0
	say "ending ${#pids[@]} process(es) that an earlier run left behind"
	kill -TERM "${pids[@]}" 2>/dev/null || true
	local pid
	for pid in "${pids[@]}"; do
		wait_gone "$pid" 30 || kill -KILL "$pid" 2>/dev/null || true
	done
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a port nobody listens on. The range is below the kernel's own for outgoing connections.
free_port() {
	local preferred=${1:-} port
	if [[ -n $preferred ]] && port_is_free "$preferred"; then
		printf '%s' "$preferred"
		return
	fi
	while :; do
		port=$((20000 + RANDOM % 12000))
		port_is_free "$port" && break
	done
	printf '%s' "$port"
}
