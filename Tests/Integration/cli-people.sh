#!/usr/bin/env bash
# Usage: Tests/Integration/cli-people.sh
#
# What is there for people and programs around the keys: doctor, selftest, explain with a token, completion in real shells,
# manual pages, tables on a terminal, URIs.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi
installed=$(dirname "$(dirname "$(command -v tokencsp)")")

# -- Errors have the names and numbers of both sides --------------------------------------------------------------------

run 0 key generate --container alice --bits 2048
printf 'data' >data
printf 'wrong' >wrong.pin
run 4 sign --container alice --in data --out data.sig --pin-source file:wrong.pin
said 'SCARD_W_WRONG_CHV 0x8010006B' 'C_Login CKR_PIN_INCORRECT 0xA0'
json 4 sign --container alice --in data --out data.sig --pin-source file:wrong.pin
is "d['error']['name'], d['error']['code'], d['error']['exit_status']" "('SCARD_W_WRONG_CHV', '0x8010006B', 4)"
is "d['error']['pkcs11']['function'], d['error']['pkcs11']['name'], d['error']['pkcs11']['value']" \
    "('C_Login', 'CKR_PIN_INCORRECT', '0xA0')"
[ ! -s out ] || fail "an error is on standard output: $(cat out)"
run 0 sign --container alice --in data --out data.sig
json 1 verify --container alice --in wrong.pin --signature data.sig
is "d['error']['name']" NTE_BAD_SIGNATURE
cp out document
is "d['valid'], d['container']" "(False, 'alice')"
json 0 verify --container alice --in data --signature data.sig
is "d['valid']" True
run 1 verify --container alice --in wrong.pin --signature data.sig
[ ! -s out ] || fail "a bad signature is a message, no result: $(cat out)"

# -- URIs ----------------------------------------------------------------------------------------------------------------

json 0 key list
uri=$(value "d['keys'][0]['uri']")
json 0 key show --container "$uri"
is "d['key']['container'], d['key']['uri']" "('alice', '$uri')"
json 0 container list
json 0 key show --container "$(value "d['containers'][0]['uri']")"
is "d['key']['container']" alice
json 0 token list --token "$(value "d['key']['uri']")"
is "[t['label'] for t in d['tokens'] if t['is_initialized']]" "['demo']"
run 0 sign --container "$uri" --in data --out data.sig
run 0 key generate --container alice --bits 1024 --machine
json 0 key list --machine
uri=$(value "d['keys'][0]['uri']")
json 0 key show --container "$uri" --machine
is "d['key']['container'], d['key']['bits'], d['key']['uri']" "('alice', 1024, '$uri')"
run 2 key show --container "$uri"
said "machine's key set"
run 0 container delete "$uri" --machine --yes

# -- doctor --------------------------------------------------------------------------------------------------------------

json 0 doctor
is "d['problems']" 0
keys d problems warnings findings
is "[f['level'] for f in d['findings'] if f['area'] == 'tokens'][0]" ok
is "any('SoftHSM' in f['message'] and '2.6' in f['message'] for f in d['findings'] if f['area'] == 'modules')" True
is "any('Attribute' in f['message'] or 'attributes' in f['message'] for f in d['findings'] if f['area'] == 'known_faults')" True
is "all(f['level'] in ('ok', 'warning', 'problem') for f in d['findings'])" True
run 0 doctor
grep -q '^0 problems, ' out || fail "doctor: $(cat out)"

# problem AREA TEXT: the last doctor found it.
problem() { is "any(f['level'] == 'problem' and f['area'] == '$1' and '''$2''' in f['message'] for f in d['findings'])" True; }
# doctor_json ARGUMENT…: it ends with 1, and its document is on standard output.
doctor_json() {
    run 1 doctor --json "$@"
    [ ! -s err ] || fail "doctor says more than it found: $(cat err)"
    cp out document
    python3 -m json.tool document >/dev/null || fail "doctor prints no JSON"
}
doctor_json --token 'pkcs11:token=demo?module-path=/no/such/module.so'
problem modules '/no/such/module.so'
problem tokens 'no token matches'
doctor_json --token "pkcs11:token=nobody?module-path=$softhsm_module"
problem tokens 'no token matches'

# A module that is none, one that crashes, one that hangs, one that ends the process: the doctor lives.
for kind in '*(volatile int *)8 = 1' 'for (;;) pause()' 'exit(3)'; do
    printf '#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n%s\n' \
        "static unsigned long start(void *a) { (void)a; $kind; return 0; }
#include <p11-kit/pkcs11.h>
static CK_FUNCTION_LIST list = {.version = {2, 40}, .C_Initialize = (CK_C_Initialize)start};
unsigned long C_GetFunctionList(CK_FUNCTION_LIST **functions) { *functions = &list; return 0; }" >bad.c
    # shellcheck disable=SC2046
    "${CC:-cc}" -shared -fPIC $(pkg-config --cflags p11-kit-1) bad.c -o bad.so
    doctor_json --token "pkcs11:token=demo?module-path=$work/bad.so"
    case $kind in
    '*'*) problem modules 'crashes' ;;
    for*) problem modules 'within 10 seconds' ;;
    exit*) problem modules 'ended with 3' ;;
    esac
done
echo 'no library' >text.so
doctor_json --token "pkcs11:token=demo?module-path=$work/text.so"
problem modules 'text.so'

SOFTHSM2_CONF=$work/nothing.conf doctor_json
problem environment 'nothing.conf cannot be read'
printf 'token = pkcs11:token=demo\nno such line\n' >broken.conf
TOKENCSP_CONFIG=$work/broken.conf doctor_json
problem configuration 'line 2'
TOKENCSP_CONFIG=$work/absent.conf doctor_json
problem configuration 'absent.conf'
TOKENCSP_INTERACTION=sometimes doctor_json
problem configuration 'TOKENCSP_INTERACTION'
doctor_json --pin-source file:absent.pin
problem environment 'absent.pin'
chmod 644 token/demo.pin
json 0 doctor
is "any(f['level'] == 'warning' and 'others may read the PIN' in f['message'] for f in d['findings'])" True
chmod 600 token/demo.pin

# The PIN's state, as a token's flags tell it.
# shellcheck disable=SC2046
"${CC:-cc}" -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden "-DREAL_MODULE=\"$softhsm_module\"" \
    $(pkg-config --cflags p11-kit-1) "$root/Tests/FaultModule/faultmodule.c" -o fault.so -ldl
faulty=${TOKENCSP_TOKEN/$softhsm_module/$work/fault.so}
FAULT_RULES='flags 40000 0' TOKENCSP_TOKEN=$faulty doctor_json
problem tokens 'the PIN is locked'
is "any('tokencsp token unblock --token' in f.get('remedy', '') for f in d['findings'])" True
FAULT_RULES='flags 80000 0' TOKENCSP_TOKEN=$faulty doctor_json
problem tokens 'has expired'
FAULT_RULES='flags 20000 0' TOKENCSP_TOKEN=$faulty json 0 doctor
is "any(f['level'] == 'warning' and 'one try' in f['message'] for f in d['findings'])" True

# Nobody logs in for it.
spy=$(find /usr/lib -name pkcs11-spy.so -print -quit)
export PKCS11SPY=$softhsm_module PKCS11SPY_OUTPUT=$work/spy
run 0 doctor --token "pkcs11:token=demo?module-path=$spy"
grep -q C_GetInfo spy || fail "the doctor does not look at the module"
! grep -q C_Login spy || fail "the doctor logs in"

# -- selftest ------------------------------------------------------------------------------------------------------------

# -- where nothing stays, and other keys are not touched.
unchanged json 0 selftest --bits 1024
is "d['passed'], d['token']" "(True, 'demo')"
is "sorted({s['subject'] for s in d['steps']})" \
    "['AES-256', 'Ed25519', 'P-256', 'RSA 1024', 'RSA 1024 exchange', 'RSA 1024 protected', 'all', 'random']"
is "{s['result'] for s in d['steps']}" "{'passed'}"
unchanged run 0 selftest --bits 1024 --token "$demo_uri" --pin-source fd:5 5<token/demo.pin
export PKCS11SPY=$softhsm_module PKCS11SPY_OUTPUT=$work/spy
: >spy
unchanged run 4 selftest --bits 1024 --token "pkcs11:token=demo?module-path=$spy" --pin-source file:wrong.pin
grep -q SCARD_W_WRONG_CHV out || fail "selftest with a wrong PIN: $(cat out)"
[ "$(grep -c '^[0-9]*: C_Login' spy)" = 1 ] || fail "selftest sends a wrong PIN more than once"
run 0 token unblock --so-pin-source file:token/so.pin --new-pin-source file:token/demo.pin

# Control-C in the middle of it.
before=$(objects)
for delay in 0.05 0.3; do
    tokencsp selftest --bits 4096 >out 2>err &
    process=$!
    sleep "$delay"
    kill -INT "$process" || true
    status=0
    wait "$process" || status=$?
    if [ "$status" -ne 1 ] && [ "$status" -ne 130 ]; then fail "an interrupted selftest ended with $status: $(cat out err)"; fi
done
[ "$(objects)" = "$before" ] || fail "an interrupted selftest left: $(objects)"

# -- explain with a token ------------------------------------------------------------------------------------------------

json 0 explain --bits 2048 --user-protected --token "$demo_uri"
is "d['token']['label'], d['token']['has_mechanism'], d['token']['length_fits']" "('demo', True, True)"
json 0 explain --bits 16384
is "'token' in d" False
: >spy
run 0 explain --user-protected --token "pkcs11:token=demo?module-path=$spy"
grep -q 'What this token answers' out || fail "explain: $(cat out)"
! grep -qE 'C_(Login|Generate)' spy || fail "explain makes a key"
mkdir -m 700 few
(
    eval "$("$root/scripts/softhsm-token" --mechanisms CKM_RSA_PKCS,CKM_SHA256 "$work/few" 2>/dev/null)"
    json 0 explain --bits 2048 --ask-token
    is "d['token']['has_mechanism']" False
    json 0 doctor
    is "any(f['area'] == 'mechanisms' and 'key generate --algorithm rsa' in f['message'] for f in d['findings'])" True
    run 0 selftest --bits 1024
    grep -q '^RSA 1024  *generate  *skipped' out || fail "selftest: $(cat out)"
)

# -- Tables on a terminal and in a pipe ------------------------------------------------------------------------------------

run 0 container create "$(printf 'long%.0s' {1..50})"
run 0 container list
! grep -q '…' out || fail "a table in a pipe is cut: $(cat out)"
! grep -q $'\e' out || fail "a pipe is coloured"
run 0 container list --color always
grep -q $'\e\[1m' out || fail "--color always does not colour"
# terminal COMMAND…: what it shows on a terminal of 40 columns.
terminal() {
    timeout 30 python3 -c '
import fcntl, os, pty, struct, sys, termios
process, end = pty.fork()
if process == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
data = b""
while True:
    try: piece = os.read(end, 4096)
    except OSError: break
    if not piece: break
    data += piece
sys.stdout.write(data.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))' "$@" >out
}
TERM=xterm terminal tokencsp container list
grep -q '…' out || fail "a table does not fit the terminal: $(cat out)"
grep -q $'\e\[1m' out || fail "no colour on a terminal"
sed -E $'s/\e\\[[0-9]*m//g; s/\r//' out | awk 'length > 40 { exit 1 }' || fail "lines longer than 40: $(cat out)"
NO_COLOR=1 TERM=xterm terminal tokencsp container list
! grep -q $'\e' out || fail "NO_COLOR is coloured"
TERM=dumb terminal tokencsp container list
! grep -q $'\e' out || fail "a dumb terminal is coloured"
COLUMNS=300 terminal tokencsp container list
! grep -q '…' out || fail "COLUMNS=300 is not heeded: $(cat out)"
run 0 container delete "$(printf 'long%.0s' {1..50})" --yes

# -- Completion ------------------------------------------------------------------------------------------------------------

if [ -e "$installed/share/bash-completion/completions/tokencsp" ]; then
    # offered SHELL LINE: what the shell offers for the end of the line.
    offered() {
        case $1 in
        bash)
            timeout 20 bash --norc -c '
                source "$1"
                COMP_LINE=$2 COMP_POINT=${#2}
                read -ra COMP_WORDS <<<"$2"
                [[ $2 = *" " ]] && COMP_WORDS+=("")
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _tokencsp_whole_words tokencsp "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
                printf "%s\n" "${COMPREPLY[@]}"' bash "$installed/share/bash-completion/completions/tokencsp" "$2"
            ;;
        fish)
            timeout 40 python3 "$root/Tests/Integration/cli-people-shell.py" fish \
                "$installed/share/fish/vendor_completions.d/tokencsp.fish" "$2"
            ;;
        zsh)
            timeout 40 python3 "$root/Tests/Integration/cli-people-shell.py" zsh \
                "$installed/share/zsh/site-functions/_tokencsp" "$2"
            ;;
        esac >offered 2>offered.err </dev/null || true
    }
    run 0 key generate --container bob --bits 1024
    for shell in bash fish zsh; do
        command -v "$shell" >/dev/null || { say "cli-people.sh: no $shell here"; continue; }
        offered "$shell" 'tokencsp key show --container '
        grep -q alice offered || fail "$shell offers no container: $(cat offered offered.err)"
        grep -q bob offered || fail "$shell offers one container: $(cat offered offered.err)"
        offered "$shell" 'tokencsp ke'
        grep -q key offered || fail "$shell offers no command: $(cat offered offered.err)"
        offered "$shell" 'tokencsp key list --token '
        grep -q 'token=demo' offered || fail "$shell offers no token: $(cat offered offered.err)"
        [ ! -s offered.err ] || fail "$shell completion says: $(cat offered.err)"
    done
    # In the middle of a URI bash replaces what stands behind the last colon or equals sign.
    offered bash 'tokencsp key list --token pkcs11:mod'
    grep -q '^model=' offered || fail "bash, in a URI: $(cat offered)"
    # Without a token, with a broken configuration, with a hanging module: nothing, and soon.
    TOKENCSP_TOKEN='pkcs11:token=none?module-path=/no/such.so' offered bash 'tokencsp key show --container '
    [ -z "$(tr -d '\n' <offered)$(cat offered.err)" ] || fail "completion without a module: $(cat offered offered.err)"
    TOKENCSP_CONFIG=$work/broken.conf offered bash 'tokencsp key show --container '
    [ -z "$(tr -d '\n' <offered)$(cat offered.err)" ] || fail "completion with a broken configuration: $(cat offered offered.err)"
    : >spy
    TOKENCSP_TOKEN="pkcs11:token=demo?module-path=$spy" offered bash 'tokencsp key show --container '
    grep -q alice offered || fail "completion: $(cat offered offered.err)"
    ! grep -q C_Login spy || fail "completion logs in"

    # -- Manual pages ------------------------------------------------------------------------------------------------------

    pages=("$installed"/share/man/man1/tokencsp*.1)
    [ ${#pages[@]} -ge 20 ] || fail "${#pages[@]} manual pages"
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "${pages[@]}" >lint || fail "mandoc: $(cat lint)"
    fi
    if command -v man >/dev/null; then
        MANWIDTH=80 man -l "$installed/share/man/man1/tokencsp-key-generate.1" >page 2>page.err || fail "man: $(cat page.err)"
        grep -q -- '--user-protected' page || fail "man: $(cat page)"
        grep -q '^EXAMPLES' page || fail "the page has no examples"
        [ ! -s page.err ] || fail "man says: $(cat page.err)"
    fi
else
    say "cli-people.sh: not installed, so no completion and no manual pages to look at"
fi

# -- Help ------------------------------------------------------------------------------------------------------------------

# Every command has an example, and its page says what it does.
tokencsp --experimental-dump-help | python3 -c '
import json, sys

def look(command, path):
    path = path + [command["commandName"]]
    if command.get("shouldDisplay", True) and path[-1] != "help":
        name = " ".join(path)
        assert command.get("abstract"), name + " has no abstract"
        assert "Example" in (command.get("discussion") or ""), name + " has no example"
        assert "tokencsp" in command["discussion"], name
        for child in command.get("subcommands", []): look(child, path)

look(json.load(sys.stdin)["command"], [])' || fail "help"

secrets_stay_secret token/demo.pin token/so.pin
