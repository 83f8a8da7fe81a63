#!/usr/bin/env bash
# Usage: [PIN_SEEDS="1 2 3"] Tests/Integration/pin-safety.sh
#
# What wrong PINs cost, counted on the token: one wrong PIN costs one try, whatever is done with it; without a person
# nothing uses the last one; a person who enters a third wrong PIN, after being told, locks the token, and the security
# officer unlocks it. On SoftHSM behind a module that counts and locks, and on opencryptoki, which locks at the third.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi
source "$integration/protection-common.bash"
if ! command -v tokencsp >/dev/null; then
    swift build --package-path "$root" --product tokencsp >&2
    PATH=$(swift build --package-path "$root" --show-bin-path):$PATH
fi

compile pin-safety -ldl
cd "$work"
seeds=${PIN_SEEDS:-1 2 3}

# MARK: Counted by the module in between

on_faulty ./pin-safety make || fail "no keys on SoftHSM"
for seed in $seeds; do
    for kind in set source person mixed; do
        on_faulty ./pin-safety random "$kind" "$seed" || fail "one wrong PIN ($kind), seed $seed"
    done
    FAULT_RULES='lock 3' on_faulty ./pin-safety many '' "$seed" || fail "many wrong PINs, seed $seed"
done
FAULT_RULES='lock 3' on_faulty ./pin-safety last-try || fail "the last try"
FAULT_RULES='lock 3' on_faulty ./pin-safety lock-and-unlock || fail "locked and unlocked"

# MARK: Told by a token that locks

cat >opencryptoki.sh <<'END'
set -euo pipefail
seeds=$1
flags() { pkcsconf -t -c 3 | sed -n 's/^\tFlags: [^(]*(\(.*\))$/\1/p'; }
expect() { # expect WHEN FLAG… -FLAG…
    local found flag when=$1
    found=$(flags)
    for flag in "${@:2}"; do
        case $flag in
        -*) [[ $found != *"|USER_PIN_${flag#-}|"* ]] || { echo "$when: $found has $flag"; exit 1; } ;;
        *) [[ $found == *"|USER_PIN_$flag|"* ]] || { echo "$when: $found lacks $flag"; exit 1; } ;;
        esac
    done
}
one_wrong=(COUNT_LOW -FINAL_TRY -LOCKED) untouched=(-COUNT_LOW -FINAL_TRY -LOCKED)
./pin-safety make
expect made "${untouched[@]}"
for seed in $seeds; do
    for kind in set source person; do
        ./pin-safety random "$kind" "$seed"
        expect "one wrong PIN ($kind), seed $seed" "${one_wrong[@]}"
        ./pin-safety reset
        expect reset "${untouched[@]}"
    done
    ./pin-safety random mixed "$seed"
    expect "one wrong PIN beside a right one, seed $seed" "${untouched[@]}"
    ./pin-safety many '' "$seed"
    expect "many wrong PINs, seed $seed" FINAL_TRY -LOCKED
    ./pin-safety reset
done
./pin-safety last-try
expect "the last try" "${untouched[@]}"
# Processes know nothing of each other's wrong PINs, and leave the last try all the same.
export TOKENCSP_TOKEN=$PROTECTION_TOKEN
printf text >text
for i in 1 2 3 4 5; do
    printf '9000%s' "$i" >"$PROTECTION_PERSON/wrong"
    TOKENCSP_INTERACTION=none tokencsp sign --container safe --spec exchange --in text --out text.sig \
        --pin-source "file:$PROTECTION_PERSON/wrong" 2>err && { echo "signed with a wrong PIN"; exit 1; }
done
grep -q 'one try is left' err || { cat err; exit 1; }
expect "five processes" FINAL_TRY -LOCKED
./pin-safety reset
./pin-safety lock
expect locked LOCKED
# Locked, it says what helps; and that helps.
tokencsp sign --container safe --spec exchange --in text --out text.sig 2>err && { echo "signed while locked"; exit 1; }
for words in SCARD_W_CHV_BLOCKED 'security officer' 'token unblock'; do
    grep -q "$words" err || { echo "no '$words' in:"; cat err; exit 1; }
done
./pin-safety unlock
expect unlocked "${untouched[@]}"
./pin-safety lock
expect 'locked again' LOCKED
tokencsp token unblock --so-pin-source "file:$PROTECTION_PERSON/so.pin" --new-pin-source "file:$PROTECTION_PERSON/pin"
expect 'unlocked by the command' "${untouched[@]}"
./pin-safety reset
END
status=0
on_opencryptoki bash opencryptoki.sh "$seeds" || status=$?
if [ "$status" -eq 77 ]; then say "skipped on opencryptoki, which cannot be run here"; exit 0; fi
[ "$status" -eq 0 ] || fail "on opencryptoki"
