#!/usr/bin/env bash
# Usage: Tests/Integration/protection-table.sh [KIND HOLDER [refuses]]
#
# What CRYPT_USER_PROTECTED and CRYPT_FORCE_KEY_PROTECTION_HIGH do: the table in protection-table.c, flag × context × PIN at
# hand × answer × use, on a token that enforces CKA_ALWAYS_AUTHENTICATE (SoftHSM, behind a module that counts the calls), on
# tokens that store it only (NSS, opencryptoki), and on tokens that refuse it or drop it (that module again). KIND softhsm
# is SoftHSM alone.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
source "$integration/protection-common.bash"

if ! command -v tokencsp >/dev/null; then
    swift build --package-path "$root" --product tokencsp >&2
    PATH=$(swift build --package-path "$root" --show-bin-path):$PATH
fi

compile protection-table -ldl
cd "$work"
failed=''

# What `key show` says of each key: what it asks of its user, and who holds to that. Nobody is asked for it.
cat >reports.sh <<'END'
set -euo pipefail
holder=$1 refuses=$2
export TOKENCSP_TOKEN="$PROTECTION_TOKEN&pin-source=file:$PROTECTION_PERSON/pin"
: >"$PROTECTION_PERSON/log"
for expected in none:none:None "user-protected:consent:$holder" "force-high:PIN:$holder" "both:PIN:$holder"; do
    [ -z "$refuses" ] || case $expected in *:PIN:*) continue ;; esac
    tokencsp key show --json --container "${expected%%:*}" --spec exchange >report.json
    found=$(python3 -c 'import json
policy = json.load(open("report.json"))["key"]["policy"]
print(policy["protection"] + ":" + str(policy.get("protection_held_by")))')
    [ "$found" = "${expected#*:}" ] || { echo "${expected%%:*} is $found, not ${expected#*:}"; exit 1; }
done
[ ! -s "$PROTECTION_PERSON/log" ] || { echo "somebody was asked for a report"; exit 1; }
END

# table KIND HOLDER [refuses]: with on_KIND, where HOLDER holds to the protection.
table() {
    local status=0 started=$SECONDS kind=$1
    # shellcheck disable=SC2016
    token_name=$kind${3:-} "on_$kind" bash -c \
        './protection-table make $2 && bash reports.sh "$1" "$2" && ./protection-table use $2' bash "$2" "${3:-}" || status=$?
    [ "$status" -ne 77 ] || { say "$kind: skipped, it cannot be run here"; return; }
    [ "$status" -eq 0 ] || { failed=1; say "$kind ${3:-}: ended with $status"; }
    say "$kind ${3:-}: $((SECONDS - started)) s"
}
if [ $# -gt 0 ]; then
    table "$@"
else
    table faulty token
    FAULT_RULES='refuse 202 12 1' table faulty csp refuses
    rm -rf faultyrefuses
    FAULT_RULES='drop 202' table faulty csp refuses
    table nss csp
    table opencryptoki csp
fi
[ -z "$failed" ]
