# shellcheck shell=bash
# Pinned cargo tools, built from crates.io and kept for all checkouts of this user. Needs common.sh.
#
# Unoptimised on purpose: building them takes a minute where an optimised build takes five, and they run for a second.

CARGO_DENY=0.20.2
CARGO_MACHETE=0.9.2

# Puts one tool on PATH: need_tool NAME VERSION [flags of cargo install]
need_tool() {
	local name=$1 version=$2 home building
	shift 2
	[[ $("$name" "${name#cargo-}" --version 2>/dev/null) != *"$version" ]] || return 0
	home=${XDG_CACHE_HOME:-$HOME/.cache}/employee-suite/$name-$version
	if [[ ! -x $home/bin/$name ]]; then
		say "installing $name $version (once) …"
		mkdir -p "${home%/*}"
		building=$(mktemp -d "$home.XXXXXX")
		env -u CARGO_TARGET_DIR cargo install --quiet --locked --debug "$name@$version" --root "$building" "$@"
		# Two runs may install at once: the first one's stays.
		mv --no-target-directory "$building" "$home" 2>/dev/null || rm -rf "$building"
	fi
	PATH=$home/bin:$PATH
}
