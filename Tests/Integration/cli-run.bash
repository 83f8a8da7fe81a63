# How tests run the command and look at what it says: sourced by cli-common.bash, and by scripts that have a token already.
# They run in a folder of their own.
# shellcheck shell=bash
declare -F fail >/dev/null || source "$root/scripts/lib.sh"

# run STATUS ARGUMENT…: `tokencsp ARGUMENT…` must end with STATUS. Its output is in ./out and ./err, and kept in
# ./transcript; standard input is empty unless ./in is there.
run() {
    local expected=$1 status=0 input=/dev/null
    shift
    [ ! -e in ] || input=in
    tokencsp "$@" <"$input" >out 2>err || status=$?
    rm -f in
    cat out err >>transcript
    [ "$status" -eq "$expected" ] && return
    cat out err >&2
    fail "'tokencsp $*' ended with $status, not $expected"
}

# said TEXT…: each stands in what the last run wrote on standard error.
said() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" err || { cat err >&2; fail "the message lacks '$text'"; }
    done
}

# json STATUS ARGUMENT…: as run, with --json; what it answers (errors: on standard error) must be a JSON document.
json() {
    run "$@" --json
    if [ "$1" -eq 0 ]; then cp out document; else cp err document; fi
    python3 -m json.tool document >/dev/null || { cat document >&2; fail "'tokencsp ${*:2} --json' prints no JSON"; }
}

# value EXPRESSION: of the last JSON document, which Python calls d.
value() { python3 -c 'import json, sys; d = json.load(open("document")); print(eval(sys.argv[1]))' "$1"; }

# is EXPRESSION VALUE: the last JSON document says so.
is() {
    local found
    found=$(value "$1") || fail "no $1 in: $(cat document)"
    [ "$found" = "$2" ] || fail "$1 is '$found', not '$2', in: $(cat document)"
}

# keys EXPRESSION KEY…: exactly these are the keys of an object in the last JSON document.
keys() {
    local expression=$1
    shift
    is "' '.join(sorted($expression))" "$(printf '%s\n' "$@" | LC_ALL=C sort | paste -sd' ')"
}
