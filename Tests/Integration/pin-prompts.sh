#!/usr/bin/env bash
# Usage: Tests/Integration/pin-prompts.sh
#
# Questions: threads that want the same PIN make one; an open one keeps nobody else from signing; one that is cancelled,
# not answered, or whose dialog dies leaves nothing behind; what it says; a PIN pad; a PIN that has expired.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
source "$integration/protection-common.bash"

compile pin-prompts -ldl
cd "$work"
failed=''
for kind in faulty opencryptoki; do
    status=0
    "on_$kind" bash -c './pin-prompts make && ./pin-prompts threads && ./pin-prompts beside && ./pin-prompts words' || status=$?
    if [ "$status" -eq 77 ]; then say "skipped on $kind, which cannot be run here"; continue; fi
    [ "$status" -eq 0 ] || { failed=1; say "on $kind"; }
done
for command in failures pad expired; do
    PROMPT_TIMEOUT=1 on_faulty ./pin-prompts "$command" || { failed=1; say "$command"; }
done
on_faulty_nss bash -c './pin-prompts make && ./pin-prompts pad-stores' || { failed=1; say "pad-stores"; }
[ -z "$failed" ]
