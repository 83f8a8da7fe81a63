#!/usr/bin/env bash
# The demo ends well, and openssl verifies both signatures.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
output=$("$root/scripts/demo" 2>&1) || { printf '%s\n' "$output"; echo 'demo.sh: scripts/demo failed'; exit 1; }
[ "$(grep -c '^Verified OK$' <<<"$output")" -eq 2 ] || { printf '%s\n' "$output"; echo 'demo.sh: not two verified signatures'; exit 1; }
echo 'demo.sh: the demo ends 0, and openssl verifies both signatures'
