#!/usr/bin/env bash
# Usage: Tests/Integration/parity.sh
#
# Each exported function of the base API by itself: its success, every documented error that can be brought about, NULL,
# stale and wrong handles, and both forms. A function without a section here fails the test.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

programs=(parity-providers parity-keys parity-parameters parity-blobs parity-hashes parity-ciphers)
include=$(pkg-config --cflags p11-kit-1)
compiling=()
for program in "${programs[@]}"; do
    # shellcheck disable=SC2086
    compile "$program" $include &
    compiling+=($!)
done
for job in "${compiling[@]}"; do wait "$job" || fail "a program does not compile"; done
cd "$work"
# CryptSetProvider writes there.
export XDG_CONFIG_HOME=$work/config

for program in "${programs[@]}"; do "$work/$program" sections; done | sort >sections
library=$(ldd "$work/parity-keys" | awk '/(libtokencsp|libWinCryptABI)\.so/ { print $3 }')
nm -D --defined-only --extern-only "$library" | awk '$3 ~ /^Crypt/ { print $3 }' | sort >exported
[ "$(wc -l <exported)" -ge 39 ] || fail "$library exports too little: $(cat exported)"
difference=$(diff exported sections) || fail "functions (<) and their sections (>) differ:"$'\n'"$difference"

# With CryptGenKey's session keys on the token, and on the host.
for place in on_token on_host; do
    for program in "${programs[@]}"; do "$place" "$work/$program" || fail "$program ended with $? ($place)"; done
done
