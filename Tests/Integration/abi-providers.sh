#!/usr/bin/env bash
# Usage: Tests/Integration/abi-providers.sh
#
# What each provider lists, and the default providers that CryptSetProvider keeps in the user's configuration, from C.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
if [ "${1:-}" = --help ]; then help; fi

# WCHAR has 16 bits.
compile abi-providers -fshort-wchar
cd "$work"
export XDG_CONFIG_HOME=$work/config
run() { "$work/abi-providers" "$@" || fail "abi-providers $* ended with $?"; }
run
run set 'Microsoft Base Cryptographic Provider v1.0'
run see 'Microsoft Base Cryptographic Provider v1.0'
[ "$(cat config/tokencsp/providers.conf)" = '1 = Microsoft Base Cryptographic Provider v1.0' ] ||
    fail "providers.conf holds $(cat config/tokencsp/providers.conf)"
# Without XDG_CONFIG_HOME it is ~/.config.
XDG_CONFIG_HOME='' HOME=$work/home run see 'TokenCSP RSA Provider'
mkdir home
XDG_CONFIG_HOME='' HOME=$work/home run set 'Microsoft Strong Cryptographic Provider'
XDG_CONFIG_HOME='' HOME=$work/home run see 'Microsoft Strong Cryptographic Provider'
run see 'Microsoft Base Cryptographic Provider v1.0'
# What was written by hand and is no provider of the type is passed over.
printf 'nonsense\n 1 =  Microsoft Enhanced Cryptographic Provider v1.0 \r\n24 = No such provider\n' \
    >config/tokencsp/providers.conf
run see 'Microsoft Enhanced Cryptographic Provider v1.0'
printf '1 = Microsoft Enhanced RSA and AES Cryptographic Provider\n' >config/tokencsp/providers.conf
run see 'TokenCSP RSA Provider'
# A folder that cannot be.
XDG_CONFIG_HOME=/dev/null run refused
[ "$(ls config/tokencsp)" = providers.conf ] || fail "left behind: $(ls config/tokencsp)"
