#!/usr/bin/env bash
# Usage: Tests/Integration/protection-table.sh
#
# What CRYPT_USER_PROTECTED and CRYPT_FORCE_KEY_PROTECTION_HIGH do: the table in protection-table.c, flag × context × PIN at
# hand × answer × use, on a token that enforces CKA_ALWAYS_AUTHENTICATE (SoftHSM), on tokens that store it only (NSS,
# opencryptoki), and on tokens that refuse it or drop it (the fault module, which counts the calls as well).

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
source "$integration/protection-common.bash"

compile protection-table -ldl
cd "$work"
failed=''

table() { # table KIND [refuses]: with on_KIND
    local status=0 started=$SECONDS
    token_name=$1${2:-} "on_$1" bash -c './protection-table make $1 && exec ./protection-table use $1' bash "${2:-}" ||
        status=$?
    [ "$status" -ne 77 ] || { say "$1: skipped, it cannot be run here"; return; }
    [ "$status" -eq 0 ] || { failed=1; say "$1 ${2:-}: ended with $status"; }
    say "$1 ${2:-}: $((SECONDS - started)) s"
}
if [ $# -gt 0 ]; then table "$@"; [ -z "$failed" ]; exit; fi
table softhsm
table faulty
FAULT_RULES='refuse 202 12 1' table faulty refuses
rm -rf faultyrefuses
FAULT_RULES='drop 202' table faulty refuses
table nss
table opencryptoki
[ -z "$failed" ]
