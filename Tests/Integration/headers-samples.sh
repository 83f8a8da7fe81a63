#!/usr/bin/env bash
# Usage: Tests/Integration/headers-samples.sh
#
# C and C++ programs written as for Windows compile without a changed line, by gcc and clang, with and without UNICODE and
# -fshort-wchar, without a warning, and do what they should. openssl is the witness for the hash.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

samples=$integration/headers-samples
flags=$(library_flags)
compilers=(gcc)
for clang in clang /opt/swift/usr/bin/clang; do
    if command -v "$clang" >/dev/null; then compilers+=("$clang"); break; fi
done

# build SAMPLE COMPILER FLAG…: to $work/sample
build() {
    local sample=$1 compiler=$2
    shift 2
    case $sample in
    *.cpp) compiler=${compiler/gcc/g++} compiler=${compiler/%clang/clang++} ; set -- -std=c++17 "$@" ;;
    *) set -- -std=gnu17 "$@" ;;
    esac
    # shellcheck disable=SC2086
    "$compiler" -Wall -Wextra -Werror -g "$@" "$samples/$sample" -o "$work/sample" $flags
}

# expect TITLE PATTERN OUTPUT
expect() { grep -qE -- "$2" <<<"$3" || fail "$1: no '$2' in:"$'\n'"$3"; }

printf 'A few lines\nto be hashed and signed, more than a buffer of the program holds at once.\n' >"$work/data"
sha1=$(openssl dgst -sha1 -r "$work/data" | cut -d ' ' -f 1)
cd "$work"

for compiler in "${compilers[@]}"; do
    for mode in '' '-DUNICODE' '-DUNICODE -D_UNICODE -fshort-wchar' '-fshort-wchar'; do
        title="${compiler##*/} $mode"
        # shellcheck disable=SC2086
        build providers.c "$compiler" $mode
        output=$(./sample 'gr€en 🔑' 2>&1) || fail "providers $title ended with $?: $output"
        expect "providers $title" '^argument gr€en 🔑$' "$output"
        expect "providers $title" '^type +1  ' "$output"
        expect "providers $title" '^provider +[0-9]+  Microsoft Strong Cryptographic Provider \(39 characters\)$' "$output"
        expect "providers $title" '^algorithm 0x8004 ' "$output"
        expect "providers $title" '^expected: 0x80090016: The key container does not exist' "$output"

        # shellcheck disable=SC2086
        build hashfile.c "$compiler" $mode
        output=$(./sample data 2>&1) || fail "hashfile $title ended with $?: $output"
        expect "hashfile $title" '^error 3, 1 cleanups$' "$output"
        expect "hashfile $title" "^$sha1\$" "$output"

        # shellcheck disable=SC2086
        build sign.cpp "$compiler" $mode
        output=$(./sample data data.sig 2>&1) || fail "sign $title ended with $?: $output"
        expect "sign $title" '^signed [0-9]+ bytes with 1024 bits$' "$output"
        [ "$(stat -c %s data.sig)" = 128 ] || fail "sign $title: the signature has $(stat -c %s data.sig) bytes"
    done
    build wide.c "$compiler" -fshort-wchar
    output=$(./sample 'ä🔑' 2>&1) || fail "wide ${compiler##*/} ended with $?: $output"
    expect "wide ${compiler##*/}" '^wide\|   -3\|n   \|narrow\|4294967295\|z$' "$output"
    expect "wide ${compiler##*/}" '^argument ä🔑 of 3 units$' "$output"
    expect "wide ${compiler##*/}" '^again ä🔑$' "$output"
    for mode in '' -fshort-wchar; do
        # shellcheck disable=SC2086
        build msvc.c "$compiler" $mode -O1 -DTOKENCSP_MSVC
        output=$(./sample data 2>&1) || fail "msvc ${compiler##*/} $mode ended with $?: $output"
        expect "msvc ${compiler##*/} $mode" '^traced 1 2.5 36$' "$output"
        # shellcheck disable=SC2086
        build leave.cpp "$compiler" $mode
        output=$(./sample 2>&1) && fail "leave ${compiler##*/} $mode ended with 0: $output"
        expect "leave ${compiler##*/} $mode" '^7 6$' "$output"
    done
done
