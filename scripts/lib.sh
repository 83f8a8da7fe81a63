# Shared by the scripts in this folder and in Tests/Integration: sourced, never run.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
softhsm_module=/usr/lib/softhsm/libsofthsm2.so

# For release: types are asked for by functions, for by a name the runtime searches all conformances of the program.
by_functions=(-Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors)

# Nobody is asked while scripts run, whatever terminal or display there is; tests of prompts say otherwise.
export TOKENCSP_INTERACTION=none

# What is said goes to stderr: some scripts print shell code on stdout.
say() { printf '%s\n' "$*" >&2; }
fail() {
    say "${0##*/}: $*"
    exit 1
}
usage_error() {
    say "${0##*/}: $* (see ${0##*/} --help)"
    exit 64
}

# value OPTION [VALUE…]: puts the option's value into $value, or ends with a usage error.
value() {
    [ -n "${2:-}" ] || usage_error "$1 needs a value"
    value=$2
}

# Prints the comment at the top of the running script.
help() {
    sed -n '2,$ { /^#/!q; s/^# \{0,1\}//p }' "$0"
    exit 0
}

# Runs a command as root, through sudo when need be.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "needs root for: $* (run it as root, or install sudo)"
    fi
}

# private_folder [DIR]: makes DIR, or a new folder in memory, for this user only, and prints its path.
private_folder() {
    local dir=${1:-}
    if [ -z "$dir" ]; then
        local parent=/dev/shm
        [ -w "$parent" ] || parent=${TMPDIR:-/tmp}
        dir=$(mktemp -d "$parent/tokencsp.XXXXXXXX")
    elif [ ! -e "$dir" ]; then
        mkdir -p "$(dirname "$dir")"
        mkdir -m 700 "$dir"
    fi
    dir=$(realpath "$dir")
    [ "$(stat -c '%F %u %a' "$dir")" = "directory $(id -u) 700" ] || fail "$dir is not a folder of yours with mode 700"
    must_be_plain folder "${dir//\//}"
    printf '%s\n' "$dir"
}

# must_be_plain WHAT VALUE: only characters that need no quoting in a URI, a configuration file or a shell.
must_be_plain() {
    case $2 in
    '' | *[!A-Za-z0-9._+-]*) fail "$1 '$2': only letters, digits and . _ + - are possible here" ;;
    esac
}

# pin_file FILE [BYTES]: keeps the PIN that FILE holds, else writes a random one of BYTES bytes (8) in hexadecimal, for
# this user only. No newline at the end: p11-kit takes the whole file as the PIN.
pin_file() {
    [ -s "$1" ] || (umask 077 && od -An "-N${2:-8}" -tx1 /dev/urandom | tr -d ' \n' >"$1")
}

# print_exports NAME…: the variables as shell code for eval. Their values hold no quotes (must_be_plain).
print_exports() {
    local name
    for name in "$@"; do printf "export %s='%s'\n" "$name" "${!name}"; done
}

# use_private_install: installs into the project's own .build-install/prefix and puts that on every search path.
use_private_install() {
    local prefix=$root/.build-install/prefix
    "$root/scripts/install" --prefix "$prefix"
    export PATH=$prefix/bin:$PATH
    export LD_LIBRARY_PATH=$prefix/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
}
