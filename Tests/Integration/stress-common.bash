# Shared by stress-*.sh and replace-*.sh: sourced, never run. Counts what stands on the token of abi-common.bash.
# shellcheck shell=bash

# objects [TYPE]: how many objects another tool sees after a login, of this type or of all (privkey, pubkey, data …).
objects() {
    local listing
    listing=$(pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin "$(cat "$work/token/demo.pin")" \
        --list-objects ${1:+--type "$1"} 2>"$work/pkcs11-tool.log") || { cat "$work/pkcs11-tool.log" >&2; return 1; }
    grep -cE '^[A-Z][A-Za-z ]* (Object|object)' <<<"$listing" || true
}

# token_files: SoftHSM's files of objects, locks included, that are left in the token's folder, one a line.
token_files() {
    find "$work/token/tokens" -type f ! -name token.object ! -name token.lock ! -name generation -printf '%s %f\n'
}

# once_more FILE…: how often the library went on after a race with another process, by its own log at level debug.
once_more() { cat "$@" | grep -c 'once more after' || true; }

# causes FILE…: why, each reason with its number.
causes() {
    sed -nE 's/.*once more after ([^:]*: [A-Z_]*).*/\1/p' "$@" | sort | uniq -c | sort -rn
}

# must_be_empty: no object, and no file of one, is left over on the token.
must_be_empty() {
    local left
    left=$(objects)
    echo "objects left on the token: $left"
    [ "$left" -eq 0 ] || fail "$left objects are left over on the token"
    left=$(token_files)
    echo "object files left in the token's folder: $(grep -c . <<<"$left" || true)"
    [ -z "$left" ] || fail "files are left over in the token's folder:"$'\n'"$left"
}
