#!/usr/bin/env bash
# Usage: Tests/Integration/cli-token.sh
#
# Tokens made and kept by the command: `token init` on a fresh SoftHSM, with --reinitialize, `token change-pin`, `token
# unblock` and `token change-so-pin`; PINs that lock and expire, told by a module in front of SoftHSM (Tests/FaultModule)
# and by opencryptoki, where that can be run.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

mkdir -p fresh/tokens
sed -e "s|@TOKENDIR@|$work/fresh/tokens|" -e 's|@MECHANISMS@|ALL|' -e 's|@RESET_ON_FORK@|false|' \
    "$root/softhsm-config/softhsm2.conf.in" >fresh/softhsm2.conf
export SOFTHSM2_CONF=$work/fresh/softhsm2.conf TOKENCSP_TOKEN=$module_uri
printf 'so-%s' "$RANDOM$RANDOM" >so.pin
printf 'user-%s' "$RANDOM$RANDOM" >user.pin
printf 'other-%s\n' "$RANDOM$RANDOM" >other.pin # with a newline, which is dropped
init=(token init --so-pin-source file:so.pin --pin-source file:user.pin)
slots() { pkcs11-tool --module "$softhsm_module" -L 2>/dev/null | grep -c 'token label' || true; }

# -- init ------------------------------------------------------------------------------------------------------------

json 0 token list
is "[t['is_initialized'] for t in d['tokens']]" '[False]'
run 6 key list
for label in '' "$(printf 'l%.0s' {1..33})" 'trailing ' $'control\t'; do
    run 64 "${init[@]}" --label "$label"
    said 'label'
done
run 64 "${init[@]}"
printf '123' >short.pin
printf '1%.0s' {1..256} >long.pin
for file in short.pin long.pin; do
    run 4 "${init[@]}" --label fresh --pin-source "file:$file"
    said '4 to 255'
    run 4 "${init[@]}" --label fresh --so-pin-source "file:$file"
    said '4 to 255'
done
run 4 "${init[@]}" --label fresh --pin-source file:/no/such/file
run 64 token init --label fresh --so-pin-source fd:5 --pin-source fd:5
run 6 "${init[@]}" --label fresh --token 'pkcs11:?module-path=/no/such/module.so'
[ "$(slots)" = 0 ] || fail "a refused token init made a token"

json 0 "${init[@]}" --label 'Größe 1'
is "d['token']['label'], d['token']['is_user_pin_initialized']" "('Größe 1', True)"
TOKENCSP_TOKEN=$(value "d['token']['uri']")
run 0 key generate --container alice --bits 1024 --pin-source file:user.pin
run 3 "${init[@]}" --label 'Größe 1'
said NTE_EXISTS 'Größe 1'
TOKENCSP_TOKEN=$module_uri run 0 "${init[@]}" --label fresh
grep -q "^export TOKENCSP_TOKEN='pkcs11:.*token=fresh.*'\$" out || fail "token init: $(cat out)"
eval "$(grep ^export out)"
[ "$(slots)" = 2 ] || fail "pkcs11-tool sees $(slots) tokens"
run 0 key generate --container bob --bits 1024 --pin-source file:user.pin

# -- reinitialize ----------------------------------------------------------------------------------------------------

keys_on_token() { json 0 key list && value "[k['container'] for k in d['keys']]"; }
run 7 "${init[@]}" --label renewed --reinitialize
said --yes
run 4 token init --label renewed --reinitialize --yes --so-pin-source file:other.pin --pin-source file:user.pin
said "the security officer's PIN is wrong"
if grep -q renewed err; then fail "a token that is not made yet is named: $(cat err)"; fi
said SCARD_W_WRONG_CHV
[ "$(keys_on_token)" = "['bob']" ] || fail "a wrong security officer's PIN changed the token"
TOKENCSP_TOKEN=$module_uri run 6 "${init[@]}" --label renewed --reinitialize --yes
said SCARD_E_UNKNOWN_READER
run 6 "${init[@]}" --label renewed --reinitialize --yes --token "pkcs11:token=absent?module-path=$softhsm_module"
run 0 "${init[@]}" --label renewed --reinitialize --yes
run 6 key list
TOKENCSP_TOKEN="pkcs11:token=renewed?module-path=$softhsm_module"
[ "$(keys_on_token)" = '[]' ] || fail "the keys outlived the token"
[ "$(slots)" = 2 ] || fail "pkcs11-tool sees $(slots) tokens"

# -- change-pin ------------------------------------------------------------------------------------------------------

run 0 key generate --container carol --bits 1024 --pin-source file:user.pin
printf 'data' >data
run 4 token change-pin --pin-source file:other.pin --new-pin-source file:user.pin
said SCARD_W_WRONG_CHV
run 4 token change-pin --pin-source file:user.pin --new-pin-source file:short.pin
said SCARD_E_INVALID_CHV
run 4 token change-pin --pin-source file:user.pin --new-pin-source env:NO_SUCH_VARIABLE
run 64 token change-pin --pin-source file:user.pin --new-pin-source "$(cat other.pin)"
run 0 sign --container carol --in data --out data.sig --pin-source file:user.pin
json 0 token change-pin --pin-source file:user.pin --new-pin-source file:other.pin
is d "{'changed': True}"
run 4 sign --container carol --in data --out data.sig --pin-source file:user.pin
run 0 sign --container carol --in data --out data.sig --pin-source file:other.pin
run 0 verify --container carol --in data --signature data.sig
PIN=$(cat other.pin) pkcs11-tool --module "$softhsm_module" --token-label renewed --login --pin env:PIN -O >objects 2>/dev/null
grep -q carol objects || fail "pkcs11-tool does not log in with the new PIN"

# Two PINs over one pair of descriptors, as a caller without files would do it.
tokencsp token change-pin --pin-source fd:3 --new-pin-source fd:4 3<other.pin 4<user.pin >out || fail "change-pin over descriptors"
run 0 sign --container carol --in data --out data.sig --pin-source file:user.pin

# Without --pin-source the present PIN is the one of the URI's own source.
renewed=$TOKENCSP_TOKEN
TOKENCSP_TOKEN="$renewed&pin-source=file:$work/user.pin" run 0 token change-pin --new-pin-source file:other.pin
said "file:$work/user.pin has the old PIN still"
TOKENCSP_TOKEN="$renewed&pin-source=file:$work/user.pin" run 4 token change-pin --new-pin-source file:other.pin
said SCARD_W_WRONG_CHV "from \"file:$work/user.pin\""
run 0 token change-pin --pin-source file:other.pin --new-pin-source file:user.pin

# -- the security officer ----------------------------------------------------------------------------------------------

printf 'so-%s' "$RANDOM$RANDOM" >new-so.pin
run 4 token unblock --so-pin-source file:other.pin --new-pin-source file:other.pin
said "the security officer's PIN is wrong"
said SCARD_W_WRONG_CHV 'from "file:other.pin"'
run 4 token unblock --so-pin-source file:so.pin --new-pin-source file:short.pin
said SCARD_E_INVALID_CHV '4 to 255'
run 64 token unblock --pin-source file:user.pin --so-pin-source file:so.pin
said --new-pin-source
run 64 token unblock --so-pin-source fd:5 --new-pin-source fd:5
printf 'wrong' >wrong.pin
run 4 sign --container carol --in data --out data.sig --pin-source file:wrong.pin
run 0 token list
grep -q 'wrong PIN tried' out || fail "token list: $(cat out)"
json 0 token unblock --so-pin-source file:so.pin --new-pin-source file:other.pin
is "d['before']['user_pin_count_low'], d['after']['user_pin_count_low'], d['after']['label']" "(True, False, 'renewed')"
run 0 sign --container carol --in data --out data.sig --pin-source file:other.pin
run 0 token unblock --so-pin-source file:so.pin --new-pin-source file:user.pin
[ "$(grep -cE '^(before:|now:   ) ready$' out)" = 2 ] || fail "token unblock: $(cat out)"

run 4 token change-so-pin --so-pin-source file:user.pin --new-pin-source file:new-so.pin
said SCARD_W_WRONG_CHV
run 4 token change-so-pin --so-pin-source file:so.pin --new-pin-source file:short.pin
json 0 token change-so-pin --so-pin-source file:so.pin --new-pin-source file:new-so.pin
is d "{'changed': True}"
run 4 token unblock --so-pin-source file:so.pin --new-pin-source file:other.pin
run 0 token unblock --so-pin-source file:new-so.pin --new-pin-source file:user.pin
run 0 sign --container carol --in data --out data.sig --pin-source file:user.pin
tokencsp token change-so-pin --so-pin-source fd:3 --new-pin-source fd:4 3<new-so.pin 4<so.pin >out || fail "over descriptors"

# -- what the token tells of its PINs ----------------------------------------------------------------------------------

# shellcheck disable=SC2046
"${CC:-cc}" -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden "-DREAL_MODULE=\"$softhsm_module\"" \
    $(pkg-config --cflags p11-kit-1) "$root/Tests/FaultModule/faultmodule.c" -o fault.so -ldl
faulty=${renewed/$softhsm_module/$work/fault.so}
# tells FLAGS TEXT: what `token list` says of a token with these flags.
tells() {
    FAULT_RULES="flags $1 0" TOKENCSP_TOKEN=$faulty run 0 token list
    grep -q "renewed  *$2  " out || fail "flags $1: $(cat out)"
}
tells 0 ready
tells 10000 'wrong PIN tried'
tells 20000 'one PIN try left'
tells 40000 'PIN locked'
tells 80000 'PIN must be changed'
tells 100000 'ready, wrong SO PIN tried'
tells 200000 'ready, one SO PIN try left'
tells 440000 'PIN locked, SO PIN locked'
tells 880000 'PIN must be changed, SO PIN must be changed'
FAULT_RULES='flags a80000 0' TOKENCSP_TOKEN=$faulty json 0 token list
is "[d['tokens'][0][k] for k in ('user_pin_to_be_changed', 'so_pin_to_be_changed', 'so_pin_final_try', 'so_pin_locked',
    'so_pin_count_low')]" '[True, True, True, False, False]'

# A locked PIN: the message has the very command that unlocks it, which works.
export FAULT_RULES='flags 40000 0'
TOKENCSP_TOKEN=$faulty run 5 sign --container carol --in data --out data.sig --pin-source file:user.pin
said SCARD_W_CHV_BLOCKED "tokencsp token unblock --token 'pkcs11:"
command=$(sed "s/.*to unlock it: \(tokencsp token unblock --token '[^']*'\).*/\1/" err)
(
    unset FAULT_RULES TOKENCSP_TOKEN
    eval "$command --so-pin-source file:so.pin --new-pin-source file:user.pin" >out 2>err
) || fail "$command: $(cat err)"
TOKENCSP_TOKEN=$faulty run 5 token change-pin --pin-source file:user.pin --new-pin-source file:other.pin
said SCARD_W_CHV_BLOCKED 'tokencsp token unblock'

# The last tries are nothing for a source.
FAULT_RULES='flags 20000 0' TOKENCSP_TOKEN=$faulty run 4 token change-pin --pin-source file:user.pin --new-pin-source file:other.pin
said SCARD_W_CARD_NOT_AUTHENTICATED 'one try is left' 'by hand' file:user.pin
for command in 'token unblock' 'token change-so-pin' 'token init --reinitialize --yes --label x --pin-source file:user.pin'; do
    # shellcheck disable=SC2086
    case $command in
    *init*) FAULT_RULES='flags 200000 0' TOKENCSP_TOKEN=$faulty run 4 $command --so-pin-source file:so.pin ;;
    *) FAULT_RULES='flags 200000 0' TOKENCSP_TOKEN=$faulty run 4 $command --so-pin-source file:so.pin --new-pin-source file:other.pin ;;
    esac
    said 'one try is left' "security officer's"
done

# An expired PIN is changed, and nothing else is done with it.
export FAULT_RULES=$'expired\nflags 80000 0'
TOKENCSP_TOKEN=$faulty run 4 sign --container carol --in data --out data.sig --pin-source file:user.pin
said NTE_PASSWORD_CHANGE_REQUIRED 'tokencsp token change-pin'
TOKENCSP_TOKEN=$faulty run 0 token change-pin --pin-source file:user.pin --new-pin-source file:other.pin
unset FAULT_RULES
run 0 token change-pin --pin-source file:other.pin --new-pin-source file:user.pin

# A reader with a pad: no PIN is asked for or sent.
export FAULT_RULES=pad FAULT_PAD_PIN FAULT_PAD_NEW_PIN
FAULT_PAD_PIN=$(cat user.pin) FAULT_PAD_NEW_PIN=$(tr -d '\n' <other.pin)
TOKENCSP_TOKEN=$faulty run 0 token change-pin
FAULT_PAD_PIN=$(cat so.pin) FAULT_PAD_NEW_PIN=$(cat user.pin)
TOKENCSP_TOKEN=$faulty run 0 token unblock

# A dialog says so until it is done, and no longer; one, where both PINs are entered at the pad.
cat >notice <<'END'
#!/bin/bash
# A pinentry that keeps what it said, when it was shown and when it was taken away.
ended() {
    date +%s%N >>"$0.times"
    exit
}
trap ended TERM
echo 'OK hello'
while read -r command text; do
    case $command in
    MESSAGE) date +%s%N >>"$0.times" ;;
    *) [ "$command" != SETDESC ] || echo "$text" >>"$0.said"; echo OK ;;
    esac
done
ended
END
chmod +x notice
printf 'pinentry = %s\n' "$work/notice" >notice.conf
# noticed TEXT STATUS ARGUMENT…: one notice with this text stood while the PINs were entered, and is gone.
noticed() {
    local text=$1
    shift
    rm -f notice.said notice.times
    DISPLAY=:no-such-display TOKENCSP_INTERACTION=pinentry TOKENCSP_CONFIG=$work/notice.conf TOKENCSP_TOKEN=$faulty run "$@"
    local times
    mapfile -t times <notice.times
    [ ${#times[@]} = 2 ] || fail "the notice came and went ${#times[@]} times, not twice"
    [ $((times[1] - times[0])) -ge 900000000 ] || fail "the notice was gone after $((times[1] - times[0])) ns"
    if [ "$(wc -l <notice.said)" != 1 ] || ! grep -qF -- "$text" notice.said; then fail "it said: $(cat notice.said)"; fi
}
export FAULT_RULES='pad 1'
FAULT_PAD_PIN=$(cat user.pin) FAULT_PAD_NEW_PIN=$(tr -d '\n' <other.pin)
noticed "present PIN of the token's user" 0 token change-pin
FAULT_PAD_PIN=$(cat so.pin) FAULT_PAD_NEW_PIN=$(cat user.pin)
noticed "PIN of the token's security officer" 0 token unblock
# Only the new one at the pad; wrong ones: the notice goes too.
noticed "new PIN of the token's user" 0 token unblock --so-pin-source file:so.pin
FAULT_PAD_PIN=wrong-one
noticed "PIN of the token's security officer" 4 token unblock
noticed "PIN of the token's security officer" 4 token change-so-pin
unset FAULT_RULES FAULT_PAD_PIN FAULT_PAD_NEW_PIN
run 0 sign --container carol --in data --out data.sig --pin-source file:user.pin

# -- asked by a dialog -------------------------------------------------------------------------------------------------

mkdir person
cp "$root/Tests/Integration/protection-pinentry.bash" person/pinentry
chmod 755 person/pinentry
printf 'interaction = none\npinentry = %s/person/pinentry\n' "$work" >person.conf
export TOKENCSP_CONFIG=$work/person.conf DISPLAY=:no-such-display
# answers WORD…: what the person enters, one after the other; forgets what was asked.
answers() {
    printf '%s\n' "$*" >person/answers
    : >person/log
}
asked() { # asked TEXT…: each stands in a question, in this order.
    local text number=0
    for text in "$@"; do
        number=$((number + 1))
        sed -n "${number}p" person/log | grep -qF -- "$text" || fail "question $number lacks '$text': $(cat person/log)"
    done
    [ "$(wc -l <person/log)" = $# ] || fail "$# questions were expected: $(cat person/log)"
}
user=$(cat user.pin) so=$(cat so.pin) other=$(tr -d '\n' <other.pin)
answers "pin=$user"
run 0 sign --container carol --in data --out data.sig --pin-source pinentry
asked 'sign with'
answers "pin=$user" "pin=$other" "pin=$other"
run 0 token change-pin --pin-source pinentry --new-pin-source pinentry
asked "present PIN of the token's user" "new PIN of the token's user" 'new PIN'
answers "pin=$so" "pin=$user" "pin=$user"
FAULT_RULES='flags 200000 0' TOKENCSP_TOKEN=$faulty run 0 token unblock --so-pin-source pinentry --new-pin-source pinentry
asked 'LAST TRY' 'new PIN' 'new PIN'
answers cancel
run 7 token change-so-pin --so-pin-source pinentry --new-pin-source file:other.pin
said SCARD_W_CANCELLED_BY_USER
# Not asked for by name, and the configuration says none.
answers right
run 4 token change-so-pin --new-pin-source file:other.pin
[ ! -s person/log ] || fail "somebody was asked: $(cat person/log)"
# Without a terminal, a display is enough.
answers right
cp user.pin person/pin
TOKENCSP_INTERACTION=automatic setsid -w tokencsp sign --container carol --in data --out data.sig </dev/null >out 2>err ||
    fail "without a terminal: $(cat err)"
asked 'sign with'
unset TOKENCSP_CONFIG

# -- opencryptoki: PINs that really lock and expire --------------------------------------------------------------------

cat >opencryptoki.sh <<'END'
set -euo pipefail
root=$1
source "$root/Tests/Integration/cli-run.bash"
uri=${TOKENCSP_TOKEN%%&pin-source=*}
user=file:$2/demo.pin so=file:$2/so.pin
printf 'new-pin1' >new.pin
printf 'much-too-long' >long.pin
printf 'newer-p1' >newer.pin
for ((number = 1; number <= 4; number++)); do printf 'wrong-%s' "$number" >"wrong-$number.pin"; done
export TOKENCSP_TOKEN=$uri
json 0 token list
is "d['tokens'][0]['user_pin_to_be_changed']" False
run 0 key generate --container alice --bits 1024 --pin-source "$user"
run 0 sign --container alice --in data --out data.sig --pin-source "$user"

# Two wrong ones by sources; the third is not sent.
for number in 1 2; do
    run 4 sign --container alice --in data --out data.sig --pin-source "file:wrong-$number.pin"
    said SCARD_W_WRONG_CHV "file:wrong-$number.pin"
done
run 0 token list
grep -q 'one PIN try left' out || fail "token list: $(cat out)"
for number in 3 4; do
    run 4 sign --container alice --in data --out data.sig --pin-source "file:wrong-$number.pin"
    said SCARD_W_CARD_NOT_AUTHENTICATED 'one try is left'
    run 4 token change-pin --pin-source "file:wrong-$number.pin" --new-pin-source file:new.pin
    said SCARD_W_CARD_NOT_AUTHENTICATED 'one try is left'
done
# A person is told, and locks it.
printf 'pin=wrong-9\n' >"$3/answers"
: >"$3/log"
TOKENCSP_CONFIG=$3.conf run 5 token change-pin --pin-source pinentry --new-pin-source file:new.pin
said SCARD_W_CHV_BLOCKED 'tokencsp token unblock'
grep -q 'LAST TRY' "$3/log" || fail "the last try is not announced: $(cat "$3/log")"
json 0 token list
is "d['tokens'][0]['user_pin_locked']" True
run 5 sign --container alice --in data --out data.sig --pin-source "$user"
said SCARD_W_CHV_BLOCKED 'tokencsp token unblock'
run 5 token change-pin --pin-source "$user" --new-pin-source file:new.pin

# The officer unlocks it.
run 4 token unblock --so-pin-source "$user" --new-pin-source file:new.pin
run 4 token unblock --so-pin-source "$so" --new-pin-source file:long.pin
said '4 to 8'
json 0 token unblock --so-pin-source "$so" --new-pin-source file:new.pin
is "d['before']['user_pin_locked'], d['after']['user_pin_locked']" '(True, False)'
run 0 token change-pin --pin-source file:new.pin --new-pin-source file:newer.pin
run 0 sign --container alice --in data --out data.sig --pin-source file:newer.pin

run 0 token change-so-pin --so-pin-source "$so" --new-pin-source file:new.pin
run 4 token unblock --so-pin-source "$so" --new-pin-source file:newer.pin
run 0 token unblock --so-pin-source file:new.pin --new-pin-source file:new.pin
END
status=0
(
    unset SOFTHSM2_CONF TOKENCSP_TOKEN
    "$root/scripts/opencryptoki-token" "$work/ock" timeout 120 bash opencryptoki.sh "$root" "$work/ock" "$work/person"
) || status=$?
case $status in
0) ;;
77) say "cli-token.sh: no opencryptoki here" ;;
*) fail "opencryptoki.sh ended with $status" ;;
esac

secrets_stay_secret token/demo.pin so.pin user.pin other.pin new-so.pin
