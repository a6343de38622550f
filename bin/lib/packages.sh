# shellcheck shell=bash
# Finds the programs that a run needs, and installs what is missing through apt.

POSTGRES_OLDEST=14

# Prints "major directory" for each PostgreSQL on this machine, newest first.
postgres_candidates() {
	local dir version
	{
		for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin "$(dirname "$(command -v postgres || printf /)")"; do
			[[ -x $dir/postgres && -x $dir/initdb && -x $dir/pg_ctl ]] || continue
			version=$("$dir/postgres" --version | grep -oE '[0-9]+' | head -n 1)
			printf '%s %s\n' "$version" "$dir"
		done
	} | sort --unique --numeric-sort --reverse
}

# Prints the directory of the newest PostgreSQL that is new enough, or nothing.
postgres_bin() {
	postgres_candidates | awk -v oldest="$POSTGRES_OLDEST" '$1 >= oldest { sub(/^[0-9]+ /, ""); print; exit }'
}

# Prints the directory of a PostgreSQL of this major version, or nothing.
postgres_bin_of() {
	postgres_candidates | awk -v major="$1" '$1 == major { sub(/^[0-9]+ /, ""); print; exit }'
}

# Debian puts the server's program into redis-tools under another name; the package redis-server adds only a system
# service, which nobody asked for here.
redis_program() {
	command -v redis-server || command -v redis-check-rdb || true
}

compiler_present() { command -v cc >/dev/null; }

# Installs what is missing of: postgres, redis, compiler.
need_programs() {
	local packages=() program
	for program in "$@"; do
		case $program in
		postgres) [[ -n $(postgres_bin) ]] || packages+=(postgresql) ;;
		redis) [[ -n $(redis_program) ]] || packages+=(redis-tools) ;;
		compiler) compiler_present || packages+=(gcc libc6-dev) ;;
		esac
	done
	((${#packages[@]})) || return 0
	install_packages "${packages[@]}"
	[[ " $* " != *" postgres "* || -n $(postgres_bin) ]] || die "PostgreSQL $POSTGRES_OLDEST or newer is needed and this system's packages have none"
	[[ " $* " != *" redis "* || -n $(redis_program) ]] || die "redis-server is needed and this system's packages have none"
}

install_packages() {
	local as_root=()
	if ((EUID != 0)); then
		if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
			as_root=(sudo -n)
		else
			die "please run: sudo apt-get install $*"
		fi
	fi
	command -v apt-get >/dev/null || die "please install (this script knows only apt): $*"
	say "installing $* …"
	"${as_root[@]}" bash -s -- "$@" <"$ROOT/bin/lib/apt-install.sh" >&2 || die "please run: sudo apt-get install $*"
}

need_rust() {
	command -v cargo >/dev/null && return 0
	[[ -x $HOME/.cargo/bin/cargo ]] && PATH=$HOME/.cargo/bin:$PATH && return 0
	die "cargo is needed: install Rust with rustup (https://rustup.rs)"
}
