# shellcheck shell=bash
# The gates: what must hold of the code beside its tests. Needs common.sh, packages.sh, services.sh, run.sh, tools.sh.
# Each is a function gate_NAME that prints what is wrong and fails.

GATES=(fmt sizes paths scripts deps lint docs deny unused schema migrations)

# Lines of a Rust file at most. A longer one holds two things.
LINES_MOST=400

gate_fmt() { cargo fmt --all --check; }

gate_lint() { attend cargo clippy --workspace --all-targets --features suite-tests/bench --locked -- -D warnings; }

gate_docs() { RUSTDOCFLAGS="-D warnings" attend cargo doc --workspace --no-deps --locked; }

gate_sizes() {
	git ls-files -z '*.rs' | xargs -0 wc -l |
		awk -v most="$LINES_MOST" '$2 != "total" && $2 !~ /\/schema\.rs$/ && $1 > most { print $2 ": " $1 " lines, more than " most; bad = 1 } END { exit bad }'
}

# A path of one machine in the tree works on that machine only. (The brackets keep this line from finding itself.)
gate_paths() {
	! git grep -nIE '(^|[^A-Za-z0-9_.-])/(wor[k]|roo[t]|hom[e]|User[s])/[A-Za-z0-9_.]' -- . ':!Cargo.lock'
}

# Every shell script parses, and shellcheck has nothing to say where it is installed.
gate_scripts() {
	local files
	mapfile -t files < <(git grep -lE '^#!.*\b(bash|sh)$')
	local file
	for file in "${files[@]}"; do bash -n "$file"; done
	if command -v shellcheck >/dev/null; then
		# The files of bin/lib are seen through the scripts that read them.
		shellcheck --external-sources --check-sourced "${files[@]}"
	else
		say "shellcheck is not installed: ${#files[@]} scripts were only parsed"
	fi
}

# Prints each package that PACKAGE must not reach but does: reaches PACKAGE FORBIDDEN…
reaches() { forbidden_in "$1" "must not reach" "$(cargo tree --locked -p "$1" -e normal --prefix none)" "${@:2}"; }

# The same for what PACKAGE names itself: names PACKAGE FORBIDDEN…
names() { forbidden_in "$1" "must not depend on" "$(cargo tree --locked -p "$1" -e normal --prefix none --depth 1)" "${@:2}"; }

forbidden_in() {
	local package=$1 verdict=$2 tree=$3 forbidden
	for forbidden in "${@:4}"; do
		if grep -q "^$forbidden v" <<<"$tree"; then
			printf '%s %s %s:\n' "$package" "$verdict" "$forbidden"
			cargo tree --locked -p "$package" -e normal -i "$forbidden" || true
		fi
	done
}

# core <- db <- queue <- {api, worker} <- tests, core <- stripe <- {api, worker}, and no layer knows the libraries of another:
# SQL only in db, Redis only in queue.
gate_deps() {
	local wrong
	wrong=$(
		reaches suite-core suite-db suite-queue suite-api suite-worker actix-web diesel diesel-async tokio-postgres redis apalis apalis-core
		reaches suite-files suite-db suite-queue suite-api suite-worker actix-web diesel diesel-async tokio-postgres redis apalis apalis-core
		reaches suite-db suite-files suite-queue suite-api suite-worker actix-web redis apalis apalis-core
		reaches suite-queue suite-api suite-worker actix-web
		reaches suite-stripe suite-db suite-queue suite-api suite-worker actix-web diesel redis apalis apalis-core
		names suite-queue diesel diesel-async tokio-postgres
		reaches suite-worker suite-api actix-web
		names suite-worker diesel diesel-async tokio-postgres redis
		reaches suite-api suite-worker lettre
		names suite-api diesel diesel-async tokio-postgres redis
	)
	[[ -z $wrong ]] || { printf '%s\n' "$wrong" && return 1; }
}

# Bans, licences and sources; advisories from the copy of the RustSec database beside the project, where there is one.
gate_deny() {
	local copy=$ROOT/../shared/data/rustsec-advisory-db-2026-08-20.tar.gz checks=(bans licenses sources) config=$ROOT/deny.toml home
	need_tool cargo-deny "$CARGO_DENY" --no-default-features
	attend cargo fetch --quiet --locked
	if [[ -f $copy ]]; then
		checks+=(advisories)
		home=$(advisory_database "$copy")
		config=$home/deny.toml
		sed "s|^\[advisories\]|&\ndb-path = \"$home\"|" "$ROOT/deny.toml" >"$config"
	else
		say "no copy of the advisory database at ../shared/data: advisories are not checked"
	fi
	cargo-deny --offline --locked --config "$config" check --hide-inclusion-graph "${checks[@]}"
}

# Unpacks the copy the way cargo-deny keeps its own clone: a git repository in a folder named after its address.
advisory_database() {
	local copy=$1 home clone
	home=$(state_dir)/advisories
	clone=$home/advisory-db-3157b0e258782691
	rm -rf "$home"
	mkdir -p "$clone"
	tar -xzf "$copy" -C "$clone" --strip-components 1 --no-same-owner
	git -C "$clone" init --quiet
	git -C "$clone" add --all
	git -C "$clone" -c user.name=copy -c user.email=copy@localhost commit --quiet --message "$(basename "$copy")"
	printf '%s' "$home"
}

gate_unused() {
	need_tool cargo-machete "$CARGO_MACHETE"
	cargo-machete
}

# Builds suitectl and points it at an empty database of a private server, whatever the caller's environment names.
with_empty_database() {
	unset DATABASE_URL REDIS_URL
	PROFILE="test"
	slot_take_free test
	end_with services_stop
	slot_end_leftovers
	services_start
	printf '%s\n' 'DROP DATABASE IF EXISTS gate;' 'CREATE DATABASE gate OWNER suite_migrator;' | psql_bootstrap 2>/dev/null
	eval "$(services_env)"
	DATABASE_URL=${DATABASE_URL%/suite}/gate
	SECRET_KEY=$(slot_secret secret-key)
	export SECRET_KEY
	attend cargo build --locked -p suite-worker --bin suitectl
	PATH=$(target_dir)/debug:$PATH
}

# The schema that the code is compiled with is the one that the migrations make.
gate_schema() {
	with_empty_database
	suitectl migrate
	suitectl schema print | diff -u crates/db/src/schema.rs - || {
		say "crates/db/src/schema.rs differs from the migrated database: suitectl schema print > crates/db/src/schema.rs"
		return 1
	}
}

# Every migration can be taken back and applied again.
gate_migrations() {
	with_empty_database
	suitectl migrate
	suitectl migrate --redo-all
}
