#!/usr/bin/env bash
# Usage: Tests/Integration/cli-prompt.sh
#
# What is asked on a terminal: PINs without echo, also while standard input carries the data; confirmations; the echo
# after an interrupt; tables within the terminal's width.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

run 0 key generate --container alice --bits 2048
printf 'data' >data
unset TOKENCSP_INTERACTION DISPLAY WAYLAND_DISPLAY
# Where it is on, it catches SIGQUIT.
export SWIFT_BACKTRACE=enable=no
# shellcheck disable=SC2046
"${CC:-cc}" -shared -fPIC -Wall -Wextra -Werror -DSOFTHSM="\"$softhsm_module\"" $(pkg-config --cflags p11-kit-1) \
    "$root/Tests/Integration/cli-locked-module.c" -o locked.so
export TOKENCSP_TOKEN=$demo_uri DEMO_PIN=$pin MODULE_URI=$module_uri
python3 "$root/Tests/Integration/cli-prompt.py" || fail "the dialogues went wrong"
unset DEMO_PIN
run 0 verify --container alice --in data --signature data.sig
