# Shared by the abi-*.sh tests about session keys: sourced after abi-common.bash, never run.
# shellcheck shell=bash disable=SC2001,SC2154

# bytes HEX: to stdout.
bytes() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }

# hex: stdin as hexadecimal text.
hex() { od -An -v -tx1 | tr -d ' \n'; }

# on_token, on_host, without_token COMMAND…: where CryptGenKey's keys are. Without a token p11-kit still finds SoftHSM,
# with a folder of its own that holds no token.
on_token() { "$@"; }
on_host() {
    printf 'session-keys = host\n' >"$work/host.conf"
    TOKENCSP_CONFIG=$work/host.conf "$@"
}
without_token() {
    mkdir -p "$work/empty/tokens"
    printf 'directories.tokendir = %s\n' "$work/empty/tokens" >"$work/empty/softhsm2.conf"
    env -u TOKENCSP_TOKEN -u TOKENCSP_CONFIG HOME="$work/empty" XDG_CONFIG_HOME="$work/empty" \
        SOFTHSM2_CONF="$work/empty/softhsm2.conf" "$@"
}

# check_ciphers FILE: lines "CIPHER KEY IV PLAINTEXT CIPHERTEXT" must be what openssl says. Each is looked at once.
check_ciphers() {
    local name key iv plain cipher found count=0 vector
    while read -r name key iv plain cipher; do
        vector=()
        [ "$iv" = - ] || vector=(-iv "$iv")
        found=$(bytes "$cipher" |
            openssl enc -d "-$name" -nopad -K "$key" "${vector[@]}" -provider default -provider legacy | hex)
        [ "$found" = "$plain" ] || fail "openssl decrypts $name $cipher to $found, not $plain"
        count=$((count + 1))
    done < <(sort -u "$1")
    say "openssl agrees on $count ciphertexts"
}
