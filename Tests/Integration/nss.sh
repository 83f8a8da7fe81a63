#!/usr/bin/env bash
# Usage: [NSS_SECONDS=10] Tests/Integration/nss.sh
#
# The main job on NSS softokn, which takes no data objects and does not itself hold its users to CKA_EXTRACTABLE and
# CKA_ALWAYS_AUTHENTICATE: keys over C and by the command, openssl verifies, reports say who holds to the policy, and
# four threads at once come to an end.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$integration/stress-common.bash"
if [ "${1:-}" = --help ]; then help; fi
command -v tokencsp >/dev/null || use_private_install

unset SOFTHSM2_CONF
database=$work/database
eval "$("$root/scripts/nss-token" "$database")"
token=$TOKENCSP_TOKEN
# No PIN in the URI, none in the configuration: what works with it needs no login.
without_pin() {
    sed 's/&pin-source=[^ ]*//' "$TOKENCSP_CONFIG" >"$work/no-pin.conf"
    TOKENCSP_CONFIG=$work/no-pin.conf TOKENCSP_TOKEN=${token%%&pin-source*} "$@"
}
keys() { certutil -K -d "sql:$database" -f "$database/nss.pin" 2>/dev/null | grep -c '^<' || true; }
expect_keys() { [ "$(keys)" -eq "$1" ] || fail "$2: certutil sees $(keys) private keys instead of $1"; }
verify() { # verify NAME…: openssl does
    local name
    for name in "$@"; do
        openssl rsa -pubin -inform MSBLOB -in "$name.blob" -outform PEM -out "$name.pem" 2>openssl.log &&
            openssl dgst -sha256 -verify "$name.pem" -signature "$name.sig" "$name.data" >openssl.log 2>&1 ||
            { cat openssl.log >&2; fail "openssl does not verify $name"; }
    done
}

compile nss
compile stress-keys
cd "$work"

# MARK: Over C

./nss make || fail "nss make ended with $?"
verify alice-signature alice-exchange bob ephemeral
expect_keys 3 "after making"
listed=$(without_pin ./nss list | tr '\n' ' ')
[ "$listed" = "alice bob " ] || fail "listed without a PIN: '$listed'"
./nss replace || fail "nss replace ended with $?"
verify replaced alice-exchange
expect_keys 3 "after replacing"
./nss delete || fail "nss delete ended with $?"
expect_keys 0 "after deleting"

# MARK: By the command

# line FILE OBJECT ATTRIBUTE: on_token and held_by of that line of a report.
line() {
    python3 - "$@" <<'END_OF_PROGRAM'
import json, sys
report = json.load(open(sys.argv[1]))["key"]
for line in report["lines"]:
    if line["object"] == sys.argv[2] and line["attribute"] == sys.argv[3]:
        print(line.get("on_token"), line["held_by"])
END_OF_PROGRAM
}
# expect_line FILE ATTRIBUTE EXPECTED: for the private key.
expect_line() {
    local found
    found=$(line "$1" private "$2")
    [ "$found" = "$3" ] || { cat "$1" >&2; fail "$1: $2 is '$found' instead of '$3'"; }
}
generate() { # generate CONTAINER FLAG…
    tokencsp key generate --json --container "$1" --spec signature --bits 2048 "${@:2}" >"$1.json"
    tokencsp key show --json --container "$1" --spec signature >"$1-show.json"
}
tokencsp container create empty >create.txt 2>&1 && fail "an empty container was created that nothing keeps: $(cat create.txt)"
generate plain
generate exportable --exportable
generate protected --user-protected
for report in plain plain-show protected protected-show; do
    expect_line "$report.json" CKA_EXTRACTABLE "false csp"
    expect_line "$report.json" CKA_SENSITIVE "true token"
done
for report in protected protected-show; do expect_line "$report.json" CKA_ALWAYS_AUTHENTICATE "true csp"; done
for report in exportable exportable-show; do expect_line "$report.json" CKA_EXTRACTABLE "true token"; done
printf 'text' >text
for container in plain exportable protected; do
    # A source named for this one command is its user's consent.
    tokencsp sign --container "$container" --spec signature --hash sha256 --in text --out text.sig \
        --pin-source "file:$database/nss.pin"
    tokencsp key export-public --container "$container" --spec signature --out "$container.pem"
    openssl dgst -sha256 -verify "$container.pem" -signature text.sig text >openssl.log 2>&1 ||
        { cat openssl.log >&2; fail "openssl does not verify the signature of $container"; }
done
listed=$(without_pin tokencsp container list | awk 'NR > 1 { print $1 }' | tr '\n' ' ')
[ "$listed" = "exportable plain protected " ] || fail "listed by the command without a PIN: '$listed'"
tokencsp key generate --json --ephemeral --algorithm aes-256 >aes.json
for container in plain exportable protected; do tokencsp container delete --yes "$container" >/dev/null; done
expect_keys 0 "after deleting by the command"

# MARK: Threads

TOKENCSP_LOG=debug timeout 120 ./stress-keys "${NSS_SECONDS:-10}" 4 2>log || {
    status=$?
    grep -v 'no more containers' log | tail -20 >&2
    fail "four threads ended with $status (124: they hang)"
}
echo "went on after a race: $(once_more log) times"
expect_keys 0 "after the threads"
