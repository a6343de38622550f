# shellcheck shell=bash
# Runs the processes of the Procfile. Needs common.sh and run.sh; the caller has choose_port.

declare -A RUNNING=()     # name -> pid
declare -A STARTED_AT=()  # name -> second
declare -A EARLY_DEATHS=() # name -> deaths in a row within EARLY_SECONDS
EARLY_SECONDS=10
EARLY_DEATHS_MOST=5
READY_SECONDS=90

# Prints the names of the processes, in order, without the release command.
procfile_names() { sed -n 's/^\([a-z_]\{1,\}\):.*/\1/p' "$ROOT/Procfile" | grep -vx release; }

procfile_command() { sed -n "s/^$1:[[:space:]]*//p" "$ROOT/Procfile"; }

# Runs the release command, which must succeed before any process starts.
procfile_release() {
	local command
	command=$(procfile_command release)
	[[ -n $command ]] || return 0
	say "$command …"
	attend bash -c "exec $command" >"$SLOT/log/release.log" 2>&1 || { show_log release && die "$command failed"; }
}

show_log() {
	say "the last lines of $SLOT/log/$1.log:"
	tail -n "${2:-20}" "$SLOT/log/$1.log" | indent >&2
}

process_start() {
	local name=$1
	spawn bash -c "exec $(procfile_command "$name")" >>"$SLOT/log/$name.log" 2>&1
	RUNNING[$name]=$SPAWNED
	STARTED_AT[$name]=$SECONDS
	# shellcheck disable=SC2034 # for run_finish, when there is no time left
	RUNNING_PIDS=("${RUNNING[@]}")
}

http_status() {
	local status
	{
		exec 3<>"/dev/tcp/127.0.0.1/$PORT"
		printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
		read -t 5 -r _ status _ <&3
	} 2>/dev/null || status=000
	exec 3>&- 2>/dev/null || true
	printf '%s' "$status"
}

# Starts all processes and returns when the web process says that everything is ready.
procfile_start() {
	local name
	for name in $(procfile_names); do : >"$SLOT/log/$name.log"; done
	choose_port
	for name in $(procfile_names); do process_start "$name"; done
	say "waiting for $BASE_URL/ready …"
	procfile_await_ready
}

procfile_await_ready() {
	local deadline=$((SECONDS + READY_SECONDS)) name moves=0
	until [[ $(http_status /ready) == 200 ]]; do
		for name in "${!RUNNING[@]}"; do
			process_lives "${RUNNING[$name]}" && continue
			# Another program can take the port between the look and the start.
			if [[ $name == web && -z ${GIVEN_PORT:-} && $moves -lt 3 ]] && grep -qi 'address.*in use' "$SLOT/log/web.log"; then
				((moves += 1))
				rm -f "$SLOT/web.port"
				choose_port
				: >"$SLOT/log/web.log"
				process_start web
				continue
			fi
			show_log "$name"
			unset "RUNNING[$name]"
			die "the process $name ended at its start"
		done
		if ((SECONDS > deadline)); then
			show_log web
			die "$BASE_URL/ready did not answer 200 within $READY_SECONDS s"
		fi
		sleep 0.2
	done
}

# Restarts what dies, until this script is told to stop. Returns never.
procfile_supervise() {
	local pid name status
	while :; do
		status=0
		# Bash has its own words for a death by signal, which name this line and not the process.
		wait -n -p pid "${RUNNING[@]}" 2>/dev/null || status=$?
		for name in "${!RUNNING[@]}"; do
			[[ ${RUNNING[$name]} == "${pid:-}" ]] && process_revive "$name" "$status"
		done
	done
}

process_revive() {
	local name=$1 status=$2
	if ((SECONDS - STARTED_AT[$name] < EARLY_SECONDS)); then
		EARLY_DEATHS[$name]=$((${EARLY_DEATHS[$name]:-0} + 1))
	else
		EARLY_DEATHS[$name]=1
	fi
	unset "RUNNING[$name]"
	if ((EARLY_DEATHS[$name] >= EARLY_DEATHS_MOST)); then
		show_log "$name" 40
		die "$name died $EARLY_DEATHS_MOST times in a row (status $status); giving up"
	fi
	say "$(date +%T) $name ended with status $status: starting it again (its log: $SLOT/log/$name.log)"
	sleep 1
	process_start "$name"
}

# A process has 25 s for its running jobs.
procfile_stop() { end_groups 30 "${RUNNING[@]}"; }
