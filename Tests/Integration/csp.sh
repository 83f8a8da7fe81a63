#!/usr/bin/env bash
# Usage: Tests/Integration/csp.sh
#
# A C host that is not linked with the library loads it as a cryptographic service provider, and does the main job by
# the 25 CP functions alone. openssl verifies what it signed.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

# Headers only: -l would load the library before the program does.
flags=$(pkg-config --cflags tokencsp)
# shellcheck disable=SC2086
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -g $flags "$integration/csp.c" -o "$work/csp" -ldl
if ldd "$work/csp" | grep tokencsp; then fail "the host is linked with the library"; fi
cd "$work"
./csp || fail "csp ended with $?"
openssl rsa -pubin -inform MSBLOB -in csp.blob -outform PEM -out csp.pem 2>/dev/null || fail "openssl reads no csp.blob"
openssl dgst -sha256 -verify csp.pem -signature csp.sig csp.data >&2 || fail "openssl does not verify the signature"
