#!/usr/bin/env bash
# Installs packages without starting or creating any system service. Runs as root, its text on standard input.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

apt() { apt-get -q -y -o DPkg::Lock::Timeout=600 -o APT::Get::List-Cleanup=false "$@" </dev/null; }

# Two runs may refresh the lists at the same moment, and apt does not wait for that lock.
for attempt in 1 2 3 4 5; do
	apt update && break
	[[ $attempt == 5 ]] && exit 1
	sleep 5
done

# PostgreSQL's package makes and starts a cluster "main" on port 5432 unless its common part, installed first, says no.
conf=/etc/postgresql-common/createcluster.conf
restore() { [[ ! -f $conf.employee-suite ]] || mv -f "$conf.employee-suite" "$conf"; }
trap restore EXIT
if [[ " $* " == *" postgresql "* ]]; then
	apt install --no-install-recommends postgresql-common
	[[ -f $conf.employee-suite ]] || cp -p "$conf" "$conf.employee-suite"
	printf 'create_main_cluster = false\n' >>"$conf"
fi
apt install --no-install-recommends "$@"
