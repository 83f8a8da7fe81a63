#!/usr/bin/env bash
# Usage: Tests/Integration/abi-interaction.sh
#
# PP_TOKENCSP_INTERACTION: a C program that asks for PINs and consent in its own way.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile abi-interaction
pin=$(cat "$work/token/demo.pin")
export TOKENCSP_TOKEN=${TOKENCSP_TOKEN%%&pin-source*}
"$work/abi-interaction" make "$pin"
"$work/abi-interaction" use "$pin"
