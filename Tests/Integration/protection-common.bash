# Shared by protection-*.sh, pin-*.sh and silence.sh: sourced after abi-common.bash, never run. A person in $work/person
# (protection.h, protection-pinentry.bash) who is asked by a pinentry; tokens of several kinds.
# shellcheck shell=bash disable=SC2154

export PROTECTION_PERSON=$work/person
mkdir "$PROTECTION_PERSON"
cp "$integration/protection-pinentry.bash" "$PROTECTION_PERSON/pinentry"
chmod 755 "$PROTECTION_PERSON/pinentry"
: >"$PROTECTION_PERSON/log"
unset XDG_CONFIG_HOME TOKENCSP_LOG TOKENCSP_INTERACTION
# A pinentry is asked where there is a display; this one shows nothing there.
export HOME=$work DISPLAY=:no-such-display

# person_by_configuration [FILE]: adds to a configuration who is to be asked.
person_by_configuration() {
    local others=''
    [ $# -eq 0 ] || others=$(cat "$1")
    export TOKENCSP_CONFIG=$work/person.conf
    printf 'interaction = pinentry\npinentry = %s\nprompt-timeout = %s\n%s\n' \
        "$PROTECTION_PERSON/pinentry" "${PROMPT_TIMEOUT:-20}" "$others" >"$TOKENCSP_CONFIG"
}

# on_softhsm, on_faulty, on_nss, on_opencryptoki COMMAND…: runs it with a token of this kind, whose PIN the person knows.
# $token_name names another token than the kind's first one. on_opencryptoki ends with 77 where it cannot be run.
token_name=''
with_token() { # with_token URI PINFILE COMMAND…
    export PROTECTION_TOKEN=${1%%&pin-source=*}
    cp "$2" "$PROTECTION_PERSON/pin"
    [ ! -e "${2%/*}/so.pin" ] || cp "${2%/*}/so.pin" "$PROTECTION_PERSON/so.pin"
    unset TOKENCSP_TOKEN
    shift 2
    "$@"
}
on_softhsm() (
    eval "$("$root/scripts/softhsm-token" "$work/${token_name:-softhsm}" 2>/dev/null)"
    person_by_configuration
    unset PROTECTION_FAULTS
    with_token "$TOKENCSP_TOKEN" "$work/${token_name:-softhsm}/demo.pin" "$@"
)
on_faulty() (
    eval "$("$root/scripts/softhsm-token" "$work/${token_name:-faulty}" 2>/dev/null)"
    person_by_configuration
    export PROTECTION_FAULTS=$work/fault.so
    [ -e "$PROTECTION_FAULTS" ] || compile_faults
    with_token "${TOKENCSP_TOKEN/$softhsm_module/$PROTECTION_FAULTS}" "$work/${token_name:-faulty}/demo.pin" "$@"
)
on_nss() (
    unset SOFTHSM2_CONF PROTECTION_FAULTS
    # Of ten thousand rounds of PBKDF2 at each login there is nothing to learn.
    export NSS_MAX_MP_PBE_ITERATION_COUNT=1
    eval "$("$root/scripts/nss-token" "$work/${token_name:-nss}" 2>/dev/null)"
    person_by_configuration "$TOKENCSP_CONFIG"
    sed -i '/^token = /d' "$TOKENCSP_CONFIG"
    with_token "$TOKENCSP_TOKEN" "$work/${token_name:-nss}/nss.pin" "$@"
)
on_opencryptoki() (
    unset SOFTHSM2_CONF PROTECTION_FAULTS
    person_by_configuration
    # shellcheck disable=SC2016
    "$root/scripts/opencryptoki-token" "$work/${token_name:-opencryptoki}" bash -c '
        export PROTECTION_TOKEN=${TOKENCSP_TOKEN%%&pin-source=*}
        cp "$1/demo.pin" "$PROTECTION_PERSON/pin"
        cp "$1/so.pin" "$PROTECTION_PERSON/so.pin"
        unset TOKENCSP_TOKEN
        shift
        exec "$@"' bash "$work/${token_name:-opencryptoki}" "$@"
)

# NSS behind the module that counts calls and fails them.
on_faulty_nss() (
    unset SOFTHSM2_CONF
    export NSS_MAX_MP_PBE_ITERATION_COUNT=1 PROTECTION_FAULTS=$work/fault-nss.so
    eval "$("$root/scripts/nss-token" "$work/faulty-nss" 2>/dev/null)"
    person_by_configuration "$TOKENCSP_CONFIG"
    module=$(sed -n 's/^\[module \(.*\)\]$/\1/p' "$TOKENCSP_CONFIG")
    compile_faults "$module" "$PROTECTION_FAULTS"
    sed -i "/^token = /d; s|$module|$PROTECTION_FAULTS|" "$TOKENCSP_CONFIG"
    with_token "${TOKENCSP_TOKEN/$module/$PROTECTION_FAULTS}" "$work/faulty-nss/nss.pin" "$@"
)

# compile_faults [MODULE FILE]: the module between TokenCSP and SoftHSM that counts calls and fails them.
compile_faults() {
    # shellcheck disable=SC2046
    "${CC:-cc}" -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden "-DREAL_MODULE=\"${1:-$softhsm_module}\"" \
        $(pkg-config --cflags p11-kit-1) "$root/Tests/FaultModule/faultmodule.c" -o "${2:-$work/fault.so}" -ldl
}
