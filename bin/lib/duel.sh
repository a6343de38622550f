# shellcheck shell=bash
# Installs the rivals of the duel beside the other state of the checkout. Needs common.sh, python.sh and run.sh.
#
# They never enter the suite's own dependencies: each has a lock file or pinned versions in tests/benches/duel.

duel_install() {
	local sources=$ROOT/tests/benches/duel
	DUEL_HOME=$(state_dir)/duel
	export DUEL_HOME
	mkdir -p "$DUEL_HOME/node"
	attend cargo build --release --locked --manifest-path "$sources/rivals/Cargo.toml" --target-dir "$DUEL_HOME/rivals"
	# The duel says of each system that is not installed that it is not.
	duel_install_node "$sources/bullmq" || say "BullMQ cannot be installed: node and npm are needed"
	duel_install_python "$sources/celery" || say "Celery cannot be installed: python3 with venv is needed"
}

duel_install_node() {
	cp "$1"/* "$DUEL_HOME/node/"
	[[ -d $DUEL_HOME/node/node_modules/bullmq ]] && return 0
	(cd "$DUEL_HOME/node" && npm ci --no-audit --no-fund --ignore-scripts >&2)
}

duel_install_python() {
	local home
	home=$(python_home celery "$1/requirements.txt") || return 1
	rm -rf "$DUEL_HOME/python"
	ln -s "$home" "$DUEL_HOME/python"
}
