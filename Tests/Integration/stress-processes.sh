#!/usr/bin/env bash
# Usage: [STRESS_SECONDS=60] Tests/Integration/stress-processes.sh
#
# Two processes of eight threads each do on one SoftHSM token what stress-threads.sh does: nothing is lost, nothing is
# left over, and where SoftHSM itself races between processes one retry of ours hides it. Says how often that was.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$integration/stress-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile stress-keys
cd "$work"
processes=()
for number in 1 2; do
    TOKENCSP_LOG=debug "$work/stress-keys" "${STRESS_SECONDS:-60}" 8 "$number" $((3 - number)) \
        >"$work/out.$number" 2>"$work/log.$number" &
    processes+=($!)
done
wrong=0
for number in 1 2; do
    wait "${processes[number - 1]}" || { wrong=$?; grep -v 'no more containers' "$work/log.$number" | tail -40 >&2; }
    sed "s/^/process $number: /" "$work/out.$number"
done
echo "went on after a race between the processes: $(once_more "$work"/log.*) times"
causes "$work"/log.*
[ "$wrong" -eq 0 ] || fail "a process ended with $wrong"
must_be_empty
