#!/usr/bin/env bash
# Usage: [OPENCRYPTOKI_SECONDS=5] Tests/Integration/opencryptoki.sh
#
# The main job on an opencryptoki software token, which has no curves, no DSA and no SHA-2 RSA mechanisms, and stores
# CKA_ALWAYS_AUTHENTICATE without holding anybody to it: the C programs of the other tests, the command, openssl
# verifies, reports say who holds to the policy, and what the token lacks is told by name. Skipped where the token cannot
# be run.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
if ! command -v tokencsp >/dev/null; then
    swift build --package-path "$root" --product tokencsp >&2
    PATH=$(swift build --package-path "$root" --show-bin-path):$PATH
fi
unset SOFTHSM2_CONF TOKENCSP_TOKEN

on_opencryptoki() { "$root/scripts/opencryptoki-token" "$work/ock" "$@"; }
status=0
on_opencryptoki true || status=$?
[ "$status" -ne 77 ] || { say "skipped: no opencryptoki here"; exit 0; }
[ "$status" -eq 0 ] || fail "scripts/opencryptoki-token ended with $status"

# Nobody is left running, the command has our input, and its status comes back.
status=0
on_opencryptoki bash -c 'exit 3' || status=$?
[ "$status" -eq 3 ] || fail "a command that ended with 3 became $status"
[ "$(on_opencryptoki cat <<<'standard input')" = 'standard input' ] || fail "the command has no standard input"
daemon=$(on_opencryptoki cat /run/pkcsslotd.pid | tr -d ' ')
[ "$(cat "/proc/$daemon/comm" 2>/dev/null)" != pkcsslotd ] || fail "the daemon is left, process $daemon"

for program in abi-main stress-keys; do compile "$program"; done
for program in abi-key-blobs abi-pss; do
    # shellcheck disable=SC2046
    compile "$program" $(pkg-config --cflags p11-kit-1)
done
cd "$work"

# MARK: Over C

modules=(/usr/lib/*/pkcs11/libopencryptoki.so)
for call in 'abi-main main' "abi-key-blobs token ${modules[0]}" 'abi-key-blobs exponent-of-one' 'abi-key-blobs delete' \
    'abi-pss token'; do
    # shellcheck disable=SC2086
    on_opencryptoki timeout 120 ./$call || fail "$call ended with $?"
done
verify() { # verify KEY HASH SIGNATURE FILE
    openssl dgst "-$2" -verify "$1" -signature "$3" "$4" >openssl.log 2>&1 ||
        { cat openssl.log >&2; fail "openssl does not verify $3 with $1"; }
}
for key in narrow wide; do
    openssl rsa -pubin -inform MSBLOB -in "$key.blob" -outform PEM -out "$key.pem" 2>openssl.log || fail "$(cat openssl.log)"
    verify "$key.pem" sha256 "$key.sig" "$key.data"
done
on_opencryptoki ./abi-main delete || fail "abi-main delete ended with $?"

# MARK: By the command

cat >commands.sh <<'END'
set -euo pipefail
tokencsp container create --json empty
tokencsp container delete --yes empty
i=0
for flag in '' --exportable --archivable --user-protected --force-high-protection; do
    name=key$((i++))
    # shellcheck disable=SC2086
    tokencsp key generate --json --container "$name" --bits 2048 $flag >"$name.json"
    tokencsp key show --json --container "$name" >"$name-show.json"
    tokencsp key export-public --container "$name" --out "$name.pem"
    for hash in sha1 sha256 sha384 sha512; do
        tokencsp sign --container "$name" --hash "$hash" --in text --out "$name.$hash" ${PIN:+--pin-source "$PIN"}
    done
done
tokencsp key generate --container dh --spec exchange \
    --provider 'Microsoft Enhanced DSS and Diffie-Hellman Cryptographic Provider' >dh.txt
tokencsp container list >list.txt
for name in key0 key1 key2 key3 key4; do tokencsp container delete --yes "$name"; done
# What the token lacks.
lacks() { # lacks CODE WORD ARGUMENT…
    if tokencsp key generate --container lacking "${@:3}" 2>err; then echo "made: $*"; exit 1; fi
    if ! grep -q "$1" err || ! grep -q "$2" err; then cat err; exit 1; fi
}
curves='TokenCSP Elliptic Curve Provider'
lacks NTE_BAD_ALGID CKM_ECDSA_KEY_PAIR_GEN --provider "$curves"
lacks NTE_BAD_ALGID CKM_DSA_KEY_PAIR_GEN --provider 'Microsoft Base DSS Cryptographic Provider'
lacks ERROR_INVALID_PARAMETER '512 to 4096' --bits 8192
tokencsp container list >left.txt
END
printf 'text' >text
PIN=file:$work/ock/demo.pin on_opencryptoki bash commands.sh >command.log 2>&1 || { cat command.log >&2; fail "the command"; }
for i in 0 1 2 3 4; do
    for hash in sha1 sha256 sha384 sha512; do verify "key$i.pem" "$hash" "key$i.$hash" text; done
done
grep -q '^dh .*exchange' list.txt || fail "Diffie-Hellman: $(cat list.txt)"
[ "$(awk 'NR > 1 { printf "%s ", $1 }' left.txt)" = 'dh pss ' ] || fail "left over: $(cat left.txt)"

# holder FILE ATTRIBUTE: what the private key's line says, and who holds to it.
holder() {
    python3 - "$@" <<'END'
import json, sys
for line in json.load(open(sys.argv[1]))["key"]["lines"]:
    if line["object"] == "private" and line["attribute"] == sys.argv[2]:
        print(line.get("on_token"), line["held_by"])
END
}
for report in key0 key0-show key3 key3-show key4 key4-show; do
    [ "$(holder $report.json CKA_EXTRACTABLE)" = 'false token' ] || fail "$report: $(cat $report.json)"
done
for report in key3 key3-show key4 key4-show; do
    [ "$(holder $report.json CKA_ALWAYS_AUTHENTICATE)" = 'true csp' ] || fail "$report: $(cat $report.json)"
done

# MARK: Threads

on_opencryptoki timeout 120 ./stress-keys "${OPENCRYPTOKI_SECONDS:-5}" 4 2>log ||
    { tail -20 log >&2; fail "four threads ended with $?"; }
