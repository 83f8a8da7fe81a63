#!/usr/bin/env bash
# Usage: Tests/Integration/silence.sh
#
# CRYPT_SILENT and CRYPT_VERIFYCONTEXT, for every function that the headers declare: nobody is asked, NTE_SILENT_CONTEXT
# comes before the token is touched, and what asks nobody does the same as in any other context.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
source "$integration/protection-common.bash"

compile silence -ldl
cd "$work"

declared=$(
    cd "$root/Sources/CWinCrypt/include"
    printf '#include <wincrypt.h>\n' | gcc -fsyntax-only -xc - -I. -aux-info /dev/stdout |
        sed -nE 's|^/\* \./.* \*/ extern [^(]*[ *](Crypt[A-Za-z]+) \(.*|\1|p' | sort -u
)
tried=$(./silence list | sort -u)
missing=$(comm -23 <(echo "$declared") <(echo "$tried"))
[ -n "$declared" ] && [ -z "$missing" ] || fail "functions that are not tried: $missing"

# A fresh token for each pair of runs: some of what is tried makes and deletes containers.
on_faulty bash -c './silence make && exec ./silence' || fail "silence ended with $?"
