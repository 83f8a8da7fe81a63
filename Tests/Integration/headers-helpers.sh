#!/usr/bin/env bash
# Usage: Tests/Integration/headers-helpers.sh
#
# The functions that programs take from windows.h beside CryptoAPI: memory, strings, conversion, messages, files, modules.
# Each code of winerror.h must have a text.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

sed -nE 's/^#define ((NTE|SCARD|ERROR|E)_[A-Z0-9_]+) (\(\(HRESULT\)0x[0-9A-F]+\)|[0-9]+).*/CODE(\1) \\/p' \
    "$root/Sources/CWinCrypt/include/winerror.h" >"$work/codes"
[ "$(wc -l <"$work/codes")" -gt 200 ] || fail "found only $(wc -l <"$work/codes") codes in winerror.h"
{ printf '#define CODES \\\n'; cat "$work/codes"; echo; } >"$work/codes.h"

cd "$work"
for mode in '' -fshort-wchar -DUNICODE; do
    # shellcheck disable=SC2086
    compile headers-helpers $mode -I"$work"
    "$work/headers-helpers" || fail "headers-helpers $mode ended with $?"
done
