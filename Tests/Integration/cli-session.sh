#!/usr/bin/env bash
# Usage: Tests/Integration/cli-session.sh
#
# The README's session on a terminal, played again in tmux: generate, show, request, attest, with a PIN that is typed.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
if [ "${1:-}" = --help ]; then help; fi
exec "$root/scripts/session" --check
