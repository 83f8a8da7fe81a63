#!/usr/bin/env bash
# Usage: Tests/Integration/examples-swift.sh
#
# Examples/swift, a package of its own that depends on this one, builds and runs on a SoftHSM token.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
if [ "${1:-}" = --help ]; then help; fi

work=$(private_folder)
trap 'rm -rf "$work"' EXIT
eval "$("$root/scripts/softhsm-token" "$work/token")"

# Where the project builds too: what is built stays for the next run.
scratch=$root/.build-install/examples-swift
swift build --package-path "$root/Examples/swift" --scratch-path "$scratch" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "Examples/swift does not build"
}
for run in 1 2; do
    "$scratch/debug/genkey" >"$work/printed" || fail "genkey ended with $? in run $run"
    grep -q '^CKA_SENSITIVE asked true on token true held by token$' "$work/printed" || fail "no proof in run $run"
    grep -qx 'decrypted: hello' "$work/printed" || { cat "$work/printed" >&2; fail "no decrypted message in run $run"; }
    sed -n '/BEGIN PUBLIC/,/END PUBLIC/p' "$work/printed" | openssl pkey -pubin -noout || fail "no public key in run $run"
done
