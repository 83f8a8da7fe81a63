#!/usr/bin/env bash
# Usage: Tests/Integration/prompt-terminal.sh [DIALOGUE]
#
# What is asked on a terminal by the library in a C program and by the command: signals by default, with the program's
# own handlers and ignored; stop and continue, background; time limits; the terminal as it was whatever happens.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prompt-common.bash"
if [ "${1:-}" = --help ]; then help; fi

DEMO_PIN=$pin timeout 280 python3 "$root/Tests/Integration/prompt-terminal.py" "$@" || fail "a dialogue went wrong"
