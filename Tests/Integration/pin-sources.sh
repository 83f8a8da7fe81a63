#!/usr/bin/env bash
# Usage: Tests/Integration/pin-sources.sh
#
# Every kind of pin-source as a user meets it: in the environment's URI, in the configuration file, by --pin-source, in a
# container's name; what commands may and may not; what is said of a wrong PIN and of files that others can read.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

run 0 key generate --container alice --bits 2048
printf 'data' >data
printf '4711-wrong' >wrong.pin
chmod 600 wrong.pin
sign=(sign --container alice --in data --out data.sig)
cp token/demo.pin 'my pin'
chmod 600 'my pin'
mkdir -m 700 credentials
cp token/demo.pin credentials/token-pin
export CREDENTIALS_DIRECTORY=$work/credentials DEMO_PIN=$pin

# -- in the URI of the environment, of the file, and by the option -----------------------------------------------------

# A command that prints the PIN and leaves a mark.
cat >give-pin <<EOF
#!/bin/sh
touch "$work/ran"
[ "\$1" = give ] && cat "$work/token/demo.pin"
EOF
chmod 700 give-pin
encode() { python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], safe=":/"))' "$1"; }
for source in "file:$work/token/demo.pin" "file://$work/my%20pin" "file://localhost$work/my%20pin" "$work/my pin" \
    env:DEMO_PIN credential:token-pin "|$work/give-pin give" "command:$work/give-pin give"; do
    rm -f ran
    TOKENCSP_TOKEN="$demo_uri&pin-source=$(encode "$source")" run 0 "${sign[@]}"
    TOKENCSP_TOKEN=$demo_uri run 0 "${sign[@]}" --pin-source "$source"
    printf 'token = %s&pin-source=%s\n' "$demo_uri" "$(encode "$source")" >file.conf
    (unset TOKENCSP_TOKEN; TOKENCSP_CONFIG=$work/file.conf run 0 "${sign[@]}")
    case $source in
    *give*) [ -e ran ] || fail "the command of $source did not run" ;;
    *) [ ! -e ran ] || fail "$source ran a command" ;;
    esac
done
# As RFC 7512 writes a command.
TOKENCSP_TOKEN="$demo_uri&pin-source=%7C$work/give-pin%20give" run 0 "${sign[@]}"
TOKENCSP_TOKEN=$demo_uri run 0 "${sign[@]}" --pin-source fd:3 3<token/demo.pin
run 0 verify --container alice --in data --signature data.sig

# -- a container's name runs nothing -----------------------------------------------------------------------------------

rm -f ran
for source in "%7C$work/give-pin%20give" "command:$work/give-pin%20give"; do
    TOKENCSP_TOKEN=$demo_uri run 4 sign --in data --out data.sig \
        --container "pkcs11:token=demo;object=alice?module-path=$softhsm_module&pin-source=$source"
    said SCARD_W_CARD_NOT_AUTHENTICATED TOKENCSP_TOKEN "container's name"
done
[ ! -e ran ] || fail "a container's name ran a command"
TOKENCSP_TOKEN=$demo_uri run 0 sign --in data --out data.sig \
    --container "pkcs11:token=demo;object=alice?module-path=$softhsm_module&pin-source=file:$work/token/demo.pin"

# -- PINs in the wrong place -------------------------------------------------------------------------------------------

# unshown ARGUMENT…: is wrong use, and does not repeat the PIN.
unshown() {
    run 64 "$@"
    if grep -qF 739184 out err; then fail "the PIN of '$*' is shown: $(cat out err)"; fi
}
wrong='pkcs11:token=demo;object=plain'
for uri in "$wrong?pin-value=739184" "$wrong;pin-value=739184" "$wrong?pin-source=739184" "$wrong?pin-source=fd:739184" \
    "PKCS11:object=plain?pin-value=739184" "$wrong?pin-source=pin%3A739184"; do
    for json in "" --json; do
        unshown "${sign[@]}" --container "$uri" ${json:+"$json"}
        unshown verify --container "$uri" --in data --signature data.sig ${json:+"$json"}
        for command in create delete; do unshown container "$command" "$uri" ${json:+"$json"}; done
        unshown key generate --container "$uri" ${json:+"$json"}
        unshown key show --container "$uri" ${json:+"$json"}
        unshown key delete --spec signature --container "$uri" ${json:+"$json"}
        unshown explain --container "$uri" ${json:+"$json"}
        unshown key list --token "$uri" ${json:+"$json"}
    done
done
# In the environment and in the file.
for source in 739184 fd:739184 pin:739184; do
    TOKENCSP_TOKEN="$demo_uri&pin-source=$source" run 4 "${sign[@]}"
    said SCARD_W_CARD_NOT_AUTHENTICATED 'never the PIN itself'
    TOKENCSP_TOKEN="$demo_uri&pin-source=$source" run 4 token change-pin --new-pin-source file:wrong.pin
    TOKENCSP_TOKEN="${demo_uri/demo/absent}&pin-source=$source" run 6 "${sign[@]}"
    printf 'token = %s&pin-source=%s\n' "$demo_uri" "$source" >file.conf
    (unset TOKENCSP_TOKEN; TOKENCSP_CONFIG=$work/file.conf run 4 "${sign[@]}")
    printf 'token = %s&pin-source=%s%%%%zz\n' "$demo_uri" "$source" >file.conf
    (unset TOKENCSP_TOKEN; TOKENCSP_CONFIG=$work/file.conf run 64 "${sign[@]}")
done
if grep -qF 739184 transcript; then fail "a PIN in the place of a source is shown"; fi
TOKENCSP_TOKEN="$demo_uri&pin-source=prompt" run 4 "${sign[@]}"
said "command's options only" '--pin-source prompt'
run 64 key list --token "$demo_uri&pin-source=pinentry"
said '--pin-source pinentry'

# A blank in a URI would vanish, and another command would run.
TOKENCSP_TOKEN="$demo_uri&pin-source=|cat $work/token/demo.pin" run 64 "${sign[@]}"
said %20
printf '\ntoken = %s # mine\n' "$demo_uri" >file.conf
(unset TOKENCSP_TOKEN; TOKENCSP_CONFIG=$work/file.conf run 64 "${sign[@]}")
said file.conf 'line 2' %20

# -- sources that give no PIN ------------------------------------------------------------------------------------------

# refused SOURCE TEXT…: nothing is sent to the token, and the message says why.
refused() {
    local source=$1
    shift
    TOKENCSP_TOKEN=$demo_uri run 4 "${sign[@]}" --pin-source "$source"
    said SCARD_W_CARD_NOT_AUTHENTICATED "$@"
}
: >empty
printf '12\0003456' >binary
refused file:/no/such/file /no/such/file 'No such file'
refused file:empty empty
refused file:binary NUL
refused file://server/pin 'another host'
refused env:NO_SUCH_VARIABLE NO_SUCH_VARIABLE
refused credential:absent credential:absent
refused credential:../token/demo.pin 'without a slash'
(unset CREDENTIALS_DIRECTORY; refused credential:token-pin CREDENTIALS_DIRECTORY)
refused "|$work/give-pin" "$work/give-pin" 'exit status is 1'
refused '|printf 4711-wrong; false' 'command:printf' 'exit status is 1'
refused '|yes' 1024
refused '|true' empty
TOKENCSP_TOKEN=$demo_uri run 64 "${sign[@]}" --pin-source credential:
TOKENCSP_TOKEN=$demo_uri run 64 "${sign[@]}" --pin-source "|"
said pinentry credential:NAME
json 0 token list
is "d['tokens'][0]['user_pin_count_low']" False

# What a command writes on standard error is shown; a terminal or standard input it does not get.
TOKENCSP_TOKEN=$demo_uri run 0 "${sign[@]}" --pin-source "|echo said-by-the-command >&2; cat; $work/give-pin give"
said said-by-the-command

# -- a wrong PIN is told with its source -------------------------------------------------------------------------------

for source in file:wrong.pin "|cat $work/wrong.pin"; do
    TOKENCSP_TOKEN=$demo_uri run 4 "${sign[@]}" --pin-source "$source"
    case $source in
    file*) said SCARD_W_WRONG_CHV 'from "file:wrong.pin"' ;;
    *) said SCARD_W_WRONG_CHV 'from "command:cat …"' ;;
    esac
done
WRONG=4711-wrong TOKENCSP_TOKEN="$demo_uri&pin-source=env:WRONG" run 4 token change-pin --new-pin-source file:wrong.pin
said SCARD_W_WRONG_CHV 'from "env:WRONG"'

# -- files that others can read ----------------------------------------------------------------------------------------

chmod 711 "$work"
cp token/demo.pin open.pin
for mode in 640 604 644; do
    chmod "$mode" open.pin
    run 0 "${sign[@]}" --pin-source file:open.pin
    [ "$(grep -c 'open.pin: other users can read it' err)" = 1 ] || fail "mode $mode: $(cat err)"
done
chmod 600 open.pin
run 0 "${sign[@]}" --pin-source file:open.pin
[ ! -s err ] || fail "a private file is warned of: $(cat err)"
chmod 700 "$work"

# -- the log level -----------------------------------------------------------------------------------------------------

TOKENCSP_LOG=loud run 0 token list
said TOKENCSP_LOG 'trace, debug, info, notice, warning, error, critical'
[ "$(wc -l <err)" = 1 ] || fail "more than one warning: $(cat err)"
for level in '' trace info critical; do
    TOKENCSP_LOG=$level run 0 token list
    if grep TOKENCSP_LOG err; then fail "TOKENCSP_LOG=$level is warned of"; fi
done

# -- the machine's configuration ---------------------------------------------------------------------------------------

if unshare --mount true 2>/dev/null; then
    mkdir -p etc home/.config/tokencsp
    printf 'token = %s&pin-source=file:%s\ndefault-container = machine\nsession-keys = host\n' \
        "$demo_uri" "$work/token/demo.pin" >etc/tokencsp.conf
    # A container's own name comes from the file that says it first, everything else from the machine's.
    printf 'session-keys = automatic\n' >home/.config/tokencsp/tokencsp.conf
    # in_place ARGUMENT…: tokencsp where etc is /etc/tokencsp.
    in_place() {
        unshare --mount bash -c '
            set -e
            if [ ! -d /etc/tokencsp ]; then
                mount -t tmpfs none /mnt
                mkdir /mnt/upper /mnt/work
                mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work none /etc
                mkdir /etc/tokencsp
            fi
            mount --bind "$0/etc" /etc/tokencsp
            exec tokencsp "$@"' "$work" "$@"
    }
    if (unset TOKENCSP_TOKEN; in_place token list --json) >document 2>err; then
        is "[t['label'] for t in d['tokens']]" "['demo']"
        (unset TOKENCSP_TOKEN; in_place key generate --bits 1024) >out 2>err || fail "key generate: $(cat err)"
        (unset TOKENCSP_TOKEN; in_place key list --json) >document 2>err || fail "key list: $(cat err)"
        is "'machine' in [k['container'] for k in d['keys']]" True
        printf 'tokne = x\n' >etc/tokencsp.conf
        if (unset TOKENCSP_TOKEN; in_place token list) >out 2>err; then fail "a garbled machine file is taken"; fi
        said /etc/tokencsp/tokencsp.conf 'line 1'
    elif grep -q 'mount:' err; then
        say "pin-sources.sh: /etc cannot be covered here: $(cat err)"
    else
        fail "the machine's configuration: $(cat err)"
    fi
    rm -r home/.config
fi

# -- interaction -------------------------------------------------------------------------------------------------------

TOKENCSP_TOKEN=$demo_uri TOKENCSP_INTERACTION=window run 64 token list
said TOKENCSP_INTERACTION automatic
TOKENCSP_TOKEN=$demo_uri TOKENCSP_INTERACTION=none run 4 "${sign[@]}"
said SCARD_W_CARD_NOT_AUTHENTICATED
TOKENCSP_TOKEN=$demo_uri TOKENCSP_INTERACTION=none run 4 token change-pin --new-pin-source file:wrong.pin
said 'nobody to ask' --pin-source credential:NAME
if grep -q -e --so-pin-source err; then fail "an option that the command lacks is named: $(cat err)"; fi
TOKENCSP_TOKEN=$demo_uri TOKENCSP_INTERACTION=none run 4 token unblock --new-pin-source file:wrong.pin
said 'nobody to ask' 'by --so-pin-source ('

secrets_stay_secret token/demo.pin wrong.pin
