# Shared by the abi-*.sh tests: sourced, never run. Leaves a token in the environment and a private folder in $work.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
integration=$root/Tests/Integration

work=$(private_folder)
trap 'rm -rf "$work"' EXIT
eval "$("$root/scripts/softhsm-token" "$work/token")"

# library_flags: what a compiler needs for the installed library (pkg-config), that in TOKENCSP_LIBDIR, or one built here.
library_flags() {
    if [ -z "${TOKENCSP_LIBDIR:-}" ] && pkg-config --exists tokencsp 2>/dev/null; then
        pkg-config --cflags --libs tokencsp
        return
    elif [ -z "${TOKENCSP_LIBDIR:-}" ]; then
        swift build --package-path "$root" --product WinCryptABI >&2
        TOKENCSP_LIBDIR=$(swift build --package-path "$root" --show-bin-path)
    fi
    echo "-I$root/Sources/CWinCrypt/include -L$TOKENCSP_LIBDIR -lWinCryptABI -Wl,-rpath,$TOKENCSP_LIBDIR"
}

# compile NAME [FLAG…]: Tests/Integration/NAME.c to $work/NAME.
compile() {
    local name=$1 flags
    shift
    flags=$(library_flags)
    # shellcheck disable=SC2086
    "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -g -pthread "$@" "$integration/$name.c" -o "$work/$name" $flags
}
