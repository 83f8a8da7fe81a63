#!/usr/bin/env bash
# Usage: Tests/Integration/pin-memory.sh [CASE…]
#
# A PIN comes in by every way there is, and is looked for when it is not needed any more: in all memory of the process and
# in its core dump, in arguments and environments of all processes, in logs (TOKENCSP_LOG=trace), errors and --json.
#
# Left out are env: and pin-value. The environment, a configuration file and a container's name are text of the program's
# or the user's, which stays where it is.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
if ! command -v tokencsp >/dev/null; then
    swift build --package-path "$root" --product tokencsp >&2
    PATH=$(swift build --package-path "$root" --show-bin-path):$PATH
fi

# shellcheck disable=SC2046
compile pin-memory -O2 -Wl,--no-as-needed $(pkg-config --cflags --libs p11-kit-1)
build() { "${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror "$@"; }
build "$integration/pin-search.c" -o "$work/pin-search"
build -shared -fPIC "$integration/pin-stop.c" -o "$work/pin-stop.so" -ldl
# shellcheck disable=SC2046
build -shared -fPIC -fvisibility=hidden "-DREAL_MODULE=\"$softhsm_module\"" $(pkg-config --cflags p11-kit-1) \
    "$root/Tests/FaultModule/faultmodule.c" -o "$work/fault.so" -ldl
install -m 700 "$integration/protection-pinentry.bash" "$work/answer"

unset XDG_CONFIG_HOME TOKENCSP_CONFIG TOKENCSP_TOKEN TOKENCSP_INTERACTION DISPLAY WAYLAND_DISPLAY
export HOME=$work MODULE=$softhsm_module CONFIGURATION=$root/softhsm-config/softhsm2.conf.in
cd "$work"
python3 -B "$integration/pin-memory.py" "$@"
