# shellcheck shell=bash
# Python programs that tests and benchmarks work with, in virtual environments that all checkouts of this user share. Needs
# common.sh and packages.sh.

python_present() { python3 -c 'import ensurepip, venv' &>/dev/null; }

# Prints the directory of the environment NAME with what the file REQUIREMENTS pins, made at its first use.
python_home() {
	local name=$1 requirements=$2 home
	home=${XDG_CACHE_HOME:-$HOME/.cache}/employee-suite/$name-$(cksum <"$requirements" | cut -d ' ' -f 1)
	if [[ ! -e $home/complete ]]; then
		python_present || install_packages python3 python3-venv
		say "installing $name with what it needs, from PyPI (once) …"
		mkdir -p "${home%/*}"
		# At its last place from the start: an environment cannot be moved. Of two runs, one waits.
		(
			flock 8
			[[ ! -e $home/complete ]] || exit 0
			rm -rf "$home"
			python3 -m venv "$home" &&
				"$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2 &&
				touch "$home/complete"
		) 8>"$home.lock" || die "$name cannot be installed"
	fi
	printf '%s' "$home"
}
