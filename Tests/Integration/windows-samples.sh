#!/usr/bin/env bash
# Usage: Tests/Integration/windows-samples.sh
#
# Six programs as one writes them for Windows: a container set up, algorithms listed, files encrypted by password and by
# exchanged session key, a detached signature, and one in C++. Each compiles unchanged without a warning by gcc and clang,
# with and without UNICODE and -fshort-wchar, and runs; openssl and pkcs11-tool read what they make.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$(dirname "${BASH_SOURCE[0]}")/abi-session.bash"
if [ "${1:-}" = --help ]; then help; fi

samples=$integration/windows-samples
flags=$(library_flags)
compilers=(gcc)
for clang in clang /opt/swift/usr/bin/clang; do
    if command -v "$clang" >/dev/null; then compilers+=("$clang"); break; fi
done
modes=('' '-DUNICODE -D_UNICODE' '-DUNICODE -D_UNICODE -fshort-wchar' '-fshort-wchar')
cd "$work"

# build COMPILER MODE FOLDER: every sample into the folder.
build() {
    local compiler=$1 mode=$2 folder=$3 sample
    mkdir "$folder"
    for sample in "$samples"/*.c; do
        # shellcheck disable=SC2086
        "$compiler" -std=gnu17 -Wall -Werror $mode "$sample" -o "$folder/$(basename "$sample" .c)" $flags || return 1
    done
    compiler=${compiler/gcc/g++}
    # shellcheck disable=SC2086
    "${compiler/%clang/clang++}" -std=c++17 -Wall -Werror $mode "$samples/vault.cpp" -o "$folder/vault" $flags
}

# expect TITLE PATTERN OUTPUT
expect() { grep -qE -- "$2" <<<"$3" || fail "$1: no '$2' in:"$'\n'"$3"; }

reversed() { hex <"$1" | fold -w 2 | tac | tr -d '\n'; }

head -c 5000 /dev/urandom >source
: >empty
password='öpen sesame 🔑'

# run TITLE FOLDER WIDE: runs what was built there. WIDE is 1 where a TCHAR has two bytes.
run() {
    local title=$1 folder=$2 wide=$3 output size key vector name

    output=$("$folder/container" "käse 🧀" 1024 2>&1) || fail "container $title ended with $?: $output"
    expect "container $title" '^A new key container käse 🧀 has been created\.$' "$output"
    expect "container $title" '^key container name: käse 🧀$' "$output"
    expect "container $title" '^signature key generated, 1024 bits$' "$output"
    expect "container $title" '^container: käse 🧀$' "$output"
    output=$("$folder/container" "käse 🧀" 1024 2>&1) || fail "container $title ended with $?: $output"
    expect "container $title" '^The container käse 🧀 exists\.$' "$output"
    expect "container $title" '^exchange key found, 1024 bits$' "$output"

    output=$("$folder/algorithms" 2>&1) || fail "algorithms $title ended with $?: $output"
    expect "algorithms $title" '^Microsoft Strong Cryptographic Provider \(type 1\)$' "$output"
    expect "algorithms $title" '^0000660eh Encrypt +128 +128 +128  Advanced Encryption Standard' "$output"
    expect "algorithms $title" '^0000a400h Exchange .* 16384  RSA Key Exchange$' "$output"
    expect "algorithms $title" '^([7-9]|[1-9][0-9]+) providers$' "$output"

    for name in source empty; do
        "$folder/password" encrypt $name encrypted "$password" >output 2>&1 || fail "password $title ended with $?: $(cat output)"
        expect "password $title" '^Encryption of the file .* was successful\.$' "$(cat output)"
        "$folder/password" decrypt encrypted decrypted "$password" >output 2>&1 || fail "password $title ended with $?: $(cat output)"
        cmp $name decrypted || fail "password $title: the file is another one"
    done
    "$folder/password" encrypt source encrypted "$password" >output 2>&1
    key=$(if [ "$wide" = 1 ]; then iconv -t UTF-16LE; else cat; fi <<<"$password" | head -c "-$((1 + wide))" | openssl dgst -sha256 -binary | hex)
    openssl enc -d -aes-256-cbc -K "$key" -iv 00000000000000000000000000000000 -in encrypted -out decrypted ||
        fail "password $title: openssl does not decrypt"
    cmp source decrypted || fail "password $title: openssl decrypts something else"
    if "$folder/password" decrypt encrypted decrypted wrong >output 2>&1; then
        if cmp -s source decrypted; then fail "password $title: any password decrypts"; fi
    else
        expect "password $title" '^Error number 0x80090005\.$' "$(cat output)"
    fi

    "$folder/exchange" publish "käse 🧀" exchange.blob >output 2>&1 || fail "exchange $title ended with $?: $(cat output)"
    without_token "$folder/exchange" encrypt exchange.blob source encrypted >output 2>&1 || fail "exchange $title ended with $?: $(cat output)"
    "$folder/exchange" decrypt "käse 🧀" encrypted decrypted >output 2>&1 || fail "exchange $title ended with $?: $(cat output)"
    expect "exchange $title" '^5000 bytes of plaintext$' "$(cat output)"
    cmp source decrypted || fail "exchange $title: the file is another one"

    "$folder/detached" sign "käse 🧀" source signature sign.blob >output 2>&1 || fail "detached $title ended with $?: $(cat output)"
    without_token "$folder/detached" verify source signature sign.blob >output 2>&1 || fail "detached $title ended with $?: $(cat output)"
    expect "detached $title" '^The signature has been verified\.$' "$(cat output)"
    bytes "$(reversed signature)" >signature.theirs
    openssl rsa -pubin -inform MSBLOB -in sign.blob -out sign.pem 2>openssl.log || fail "detached $title: openssl does not read the key"
    openssl dgst -sha256 -verify sign.pem -signature signature.theirs source >openssl.log || fail "detached $title: openssl does not verify"
    if "$folder/detached" verify empty signature sign.blob >output 2>&1; then fail "detached $title verifies another file"; fi
    expect "detached $title" '^CryptVerifySignature failed: 80090006$' "$(cat output)"

    "$folder/vault" seal source sealed "$password" >output 2>&1 || fail "vault $title ended with $?: $(cat output)"
    "$folder/vault" open sealed opened "$password" >output 2>&1 || fail "vault $title ended with $?: $(cat output)"
    cmp source opened || fail "vault $title: the file is another one"
    if "$folder/vault" open sealed opened wrong >output 2>&1; then fail "vault $title opens with any password"; fi
    expect "vault $title" '^tampered with: 80090006$' "$(cat output)"

    size=$(stat -c %s encrypted)
    # The session key as another program sees it, by the token's own key.
    [ "$size" = $((4 + 140 + 16 + 5008)) ] || fail "exchange $title: $size bytes"
    dd if=encrypted of=block.ours bs=1 skip=16 count=128 status=none
    bytes "$(reversed block.ours)" >block
    pkcs11-tool --module "$softhsm_module" --login --pin "$(cat "$work/token/demo.pin")" --decrypt -m RSA-PKCS \
        --id "$(exchange_id)" -i block -o session >/dev/null 2>&1 || fail "exchange $title: pkcs11-tool does not decrypt"
    vector=$(dd if=encrypted bs=1 skip=144 count=16 status=none | hex)
    tail -c +161 encrypted | openssl enc -d -aes-128-cbc -K "$(hex <session)" -iv "$vector" -out decrypted ||
        fail "exchange $title: openssl does not decrypt"
    cmp source decrypted || fail "exchange $title: openssl decrypts something else"

    output=$("$folder/container" "käse 🧀" delete 2>&1) || fail "container $title ended with $?: $output"
    if output=$("$folder/container" "käse 🧀" delete 2>&1); then fail "container $title deletes twice"; fi
    expect "container $title" '^Error number 80090016\.$' "$output"
}

# The CKA_ID of the key that decrypts.
exchange_id() {
    pkcs11-tool --module "$softhsm_module" --login --pin "$(cat "$work/token/demo.pin")" -O --type privkey 2>/dev/null |
        awk '$1 == "ID:" { id = $2 } /Usage:.*decrypt/ && !found { print id; found = 1 }'
}

# Two at a time.
jobs_=()
for c in "${!compilers[@]}"; do
    for m in "${!modes[@]}"; do
        build "${compilers[c]}" "${modes[m]}" "built-$c-$m" &
        jobs_+=($!)
        if [ ${#jobs_[@]} -ge 2 ]; then
            for job in "${jobs_[@]}"; do wait "$job" || fail "a sample does not compile"; done
            jobs_=()
        fi
    done
done
for job in "${jobs_[@]}"; do wait "$job" || fail "a sample does not compile"; done

for c in "${!compilers[@]}"; do
    for m in "${!modes[@]}"; do
        wide=0
        [[ ${modes[m]} != *UNICODE* ]] || wide=1
        run "${compilers[c]##*/} ${modes[m]}" "./built-$c-$m" $wide
    done
done
