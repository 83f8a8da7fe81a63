#!/usr/bin/env bash
# Usage: Tests/Integration/cli-data.sh
#
# Files and pipes through the command: encrypted and decrypted in constant memory, every changed byte found out, nothing
# left where it failed; digests, random bytes and derived keys as other programs have them; the progress on a terminal.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

curves='TokenCSP Elliptic Curve Provider'
umask 077
printf 'correct horse battery' >pass
printf 'Tr0ub4dor&3' >wrong
printf 'A letter.\n' >letter
by_pass=(--passphrase-source "file:$work/pass")

run 0 key generate --container alice --spec exchange --bits 2048
run 0 key generate --container bob --spec exchange --bits 2048
run 0 key export-public --container alice --out alice.pub
no_pin() { TOKENCSP_TOKEN=$demo_uri "$@"; }

# -- There and back --------------------------------------------------------------------------------------------------

for size in 0 1 15 16 65535 65536 65537 131072 200000; do
    head -c "$size" /dev/urandom >data
    no_pin run 0 encrypt --container alice --in data --out data.enc # the public half is enough
    run 0 decrypt --container alice --in data.enc --out data.dec
    cmp -s data data.dec || fail "$size bytes come back as others"
    tokencsp encrypt --container alice <data | tokencsp decrypt --container alice | cmp -s - data || fail "$size bytes through a pipe"
done
[ "$(stat -c %a data.dec)" = 600 ] || fail "others may read what was decrypted"
# From a pipe that delivers a few bytes at a time.
python3 -c '
import sys, time
data = open("data.enc", "rb").read()
for start in range(0, len(data), 7919):
    sys.stdout.buffer.write(data[start:start + 7919]); sys.stdout.buffer.flush()' |
    tokencsp decrypt --container alice | cmp -s - data || fail "a slow pipe"
run 0 encrypt --recipient alice.pub --in letter --out letter.enc
run 0 decrypt --container alice --in letter.enc
cmp -s out letter || fail "encrypted for a public key"
run 0 encrypt "${by_pass[@]}" --in letter --out pass.enc
run 0 decrypt "${by_pass[@]}" --in pass.enc
cmp -s out letter || fail "encrypted under a passphrase"
json 0 encrypt --container alice --in letter --out letter.enc
keys d by bytes container file
is "d['by']" exchange-key
# No two are the same, and the data is in none.
run 0 encrypt --container alice --in letter --out letter2.enc
if cmp -s letter.enc letter2.enc || grep -qa 'A letter' letter.enc; then fail "that is no encryption"; fi

# As documented, by openssl and Python alone: Documentation/KeysAndData.md.
openssl genrsa -out known.pem 2048 2>/dev/null
openssl pkey -in known.pem -pubout -out known.pub
head -c 150000 /dev/urandom >data
run 0 encrypt --recipient known.pub --in data --out known.enc
cat >read.py <<'END'
import hashlib, hmac, struct, subprocess, sys
file = open("known.enc", "rb").read()
way, n = struct.unpack("<II", file[8:16])
assert file[:8] == b"TCSPENC1" and way == int(sys.argv[1])
part, header, body = file[16:16 + n], file[:32 + n], file[32 + n:]
if way == 1:
    assert part[:12] == bytes.fromhex("0102000010660000 00a40000")
    key = subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", "known.pem", "-pkeyopt", "rsa_padding_mode:oaep"],
                         input=part[12:][::-1], stdout=subprocess.PIPE, check=True).stdout
else:
    key = hashlib.pbkdf2_hmac("sha256", open("pass", "rb").read(), part[4:], struct.unpack("<I", part[:4])[0])
    assert struct.unpack("<I", part[:4])[0] >= 600000
derive = lambda purpose: hmac.digest(key, b"TokenCSP " + purpose + header, "sha256")
ciphertext, number = b"", 0
while body:
    segment, tag, rest = body[:65568][:-32], body[:65568][-32:], body[65568:]
    assert tag == hmac.digest(derive(b"authentication"), struct.pack("<QB", number, not rest) + segment, "sha256")
    ciphertext, body, number = ciphertext + segment, rest, number + 1
plain = subprocess.run(["openssl", "enc", "-d", "-aes-256-cbc", "-K", derive(b"encryption").hex(), "-iv", header[-16:].hex()],
                       input=ciphertext, stdout=subprocess.PIPE, check=True).stdout
assert plain == open("data", "rb").read()
END
python3 read.py 1 || fail "the format for a key is not as documented"
run 0 encrypt "${by_pass[@]}" --in data --out known.enc
python3 read.py 2 || fail "the format under a passphrase is not as documented"

# -- What is wrong is found out --------------------------------------------------------------------------------------

head -c 150000 /dev/urandom >data
run 0 encrypt --container alice --in data --out data.enc
length=$(stat -c %s data.enc)
no_file() { [ ! -e gone ] && [ -z "$(find . -name '*.tokencsp-*')" ] || fail "$*: something is left"; }
for offset in 0 9 13 20 100 290 300 305 320 65000 65860 65900 131500 $((length - 40)) $((length - 1)); do
    python3 - "$offset" <<'END'
import sys
data = bytearray(open("data.enc", "rb").read())
data[int(sys.argv[1])] ^= 4
open("changed", "wb").write(data)
END
    status=0
    tokencsp decrypt --container alice --in changed --out gone >out 2>err || status=$?
    [ "$status" -ne 0 ] && [ "$status" -lt 100 ] || fail "byte $offset changed: $status"
    no_file "byte $offset changed"
done
for size in 0 7 15 100 303 304 335 336 352 65872 65904 100000 131440 $((length - 32)) $((length - 1)); do
    head -c "$size" data.enc >short
    status=0
    tokencsp decrypt --container alice --in short --out gone >out 2>err || status=$?
    [ "$status" -ne 0 ] && [ "$status" -lt 100 ] || fail "cut to $size: $status"
    no_file "cut to $size"
done
# Into a pipe comes only what was proven, and the exit status tells.
head -c 100000 data.enc >short
run 1 decrypt --container alice --in short
cmp -s -n "$(stat -c %s out)" out data && [ "$(stat -c %s out)" -le 65536 ] || fail "unproven bytes came out"
cat data.enc letter >longer
run 1 decrypt --container alice --in longer --out gone
# Segments exchanged.
python3 - <<'END'
data = open("data.enc", "rb").read()
start = len(data) - 150016 // 65536 * 65568 - (150016 % 65536 + 32)
a, b = start + 65568, start + 2 * 65568
open("changed", "wb").write(data[:start] + data[a:b] + data[start:a] + data[b:])
END
run 1 decrypt --container alice --in changed --out gone
no_file exchanged
for arguments in "--container bob" "--passphrase-source file:$work/pass"; do
    status=0
    # shellcheck disable=SC2086
    tokencsp decrypt $arguments --in data.enc --out gone >out 2>err || status=$?
    [ "$status" -ne 0 ] || fail "$arguments decrypts what is alice's"
    no_file "$arguments"
done
run 4 decrypt --passphrase-source "file:$work/wrong" --in pass.enc --out gone
said passphrase
no_file "wrong passphrase"
run 4 decrypt --in pass.enc --out gone
said --passphrase-source
# What stood there before stays.
printf 'precious' >kept
run 1 decrypt --container alice --in short --out kept
[ "$(cat kept)" = precious ] || fail "a failure destroyed the file that was there"
# The disk is full; the reader goes away; a signal.
run 1 encrypt --container alice --in data --out /dev/full
{ tokencsp encrypt --container alice --in data || echo $? >status; } 2>err | head -c 10 >/dev/null || true
run 2 encrypt --container alice --in letter --out no-such-folder/file
mkfifo pipe
tokencsp encrypt --container alice --in pipe --out gone 2>err &
child=$!
exec 3>pipe
head -c 300000 /dev/urandom >&3
for ((i = 0; i < 50; i++)); do if compgen -G 'gone.tokencsp-*' >/dev/null; then break; fi; sleep 0.1; done
compgen -G 'gone.tokencsp-*' >/dev/null || fail "no file is under way"
kill -TERM "$child"
status=0
wait "$child" || status=$?
exec 3>&-
[ "$status" -eq 143 ] || fail "a signal ended it with $status"
no_file "a signal"
run 64 encrypt --container alice "${by_pass[@]}" --in letter
run 64 encrypt --container alice --in letter --json

# -- A few bytes by RSA alone ----------------------------------------------------------------------------------------

for raw in rsa-oaep:oaep:sha256 rsa-oaep-sha1:oaep:sha1 rsa-pkcs1:pkcs1:; do
    IFS=: read -r name mode digest <<<"$raw"
    options=(-pkeyopt "rsa_padding_mode:$mode")
    [ -z "$digest" ] || options+=(-pkeyopt "rsa_oaep_md:$digest")
    openssl pkeyutl -encrypt -pubin -inkey alice.pub "${options[@]}" -in letter -out letter.raw
    run 0 decrypt --container alice --raw "$name" --in letter.raw
    cmp -s out letter || fail "openssl's $name"
    run 0 encrypt --recipient known.pub --raw "$name" --in letter --out letter.raw
    openssl pkeyutl -decrypt -inkey known.pem "${options[@]}" -in letter.raw | cmp -s - letter || fail "$name for openssl"
done
run 7 encrypt --container alice --raw rsa-oaep --in data --out gone
said NTE_BAD_LEN
run 1 decrypt --container alice --raw rsa-oaep --in letter --out gone
said NTE_BAD_DATA
no_file raw

# -- Digests, random bytes, derived keys -----------------------------------------------------------------------------

head -c 300000 /dev/urandom >'odd\name'
for hash in md5 sha1 sha256 sha384 sha512; do
    no_pin run 0 digest --hash "$hash" letter data 'odd\name'
    "${hash}sum" letter data 'odd\name' | cmp -s - out || fail "${hash}sum prints something else"
done
cp letter in
run 0 digest
[ "$(cat out)" = "$(sha256sum <letter)" ] || fail "the digest of standard input"
json 0 digest letter
is "d['digests'][0]['digest']" "$(sha256sum letter | cut -d' ' -f1)"
run 2 digest nothing

run 0 random --bytes 32 --hex
grep -qE '^[0-9a-f]{64}$' out || fail "random: $(cat out)"
run 0 random --bytes 100000 --from-token --out noise
[ "$(stat -c '%s %a' noise)" = '100000 600' ] || fail "random: $(stat noise)"
[ "$(gzip -c noise | wc -c)" -gt 99000 ] || fail "that is not random"
json 0 random --bytes 24 --base64
is "len(__import__('base64').b64decode(d['value']))" 24
run 64 random --bytes 0 --hex
run 64 random --bytes -3 --hex

# CryptDeriveKey: of SHA-256 the hash itself; of SHA-1 Microsoft's expansion.
run 0 derive "${by_pass[@]}" --out key
[ "$(od -An -v -tx1 key | tr -d ' \n')" = "$(sha256sum pass | cut -c1-64)" ] || fail "a key from a passphrase"
[ "$(stat -c %a key)" = 600 ] || fail "others may read the key"
run 0 derive "${by_pass[@]}" --hash sha1 --algorithm aes-128 --out key --overwrite --yes
python3 -c '
import hashlib
h = hashlib.sha1(open("pass", "rb").read()).digest() + bytes(44)
expanded = b"".join(hashlib.sha1(bytes(a ^ b for a, b in zip(h, fill * 64))).digest() for fill in (b"\x36", b"\x5c"))
assert open("key", "rb").read() == expanded[:16]' || fail "CryptDeriveKey of SHA-1"
run 64 derive "${by_pass[@]}" --out -

# Agreed with openssl.
run 0 key generate --provider "$curves" --container carol --spec exchange
run 0 key export-public --provider "$curves" --container carol --out carol.pub
openssl ecparam -name prime256v1 -genkey -noout -out peer.pem
openssl pkey -in peer.pem -pubout -out peer.pub
run 0 derive --container carol --peer peer.pub --out key --overwrite --yes
openssl pkeyutl -derive -inkey peer.pem -peerkey carol.pub -out shared
[ "$(od -An -v -tx1 key | tr -d ' \n')" = "$(sha256sum shared | cut -c1-64)" ] || fail "the two agree on different keys"
run 0 derive --container carol --peer peer.pub --blob --out key --overwrite --yes
[ "$(tail -c 32 key | od -An -v -tx1 | tr -d ' \n')" = "$(sha256sum shared | cut -c1-64)" ] || fail "the blob's key"
openssl ecparam -name secp384r1 -genkey -noout | openssl pkey -pubout -out other.pub
run 1 derive --container carol --peer other.pub --out gone
no_file agreement

# -- Passphrases are nowhere -----------------------------------------------------------------------------------------

# A slow reader holds it up while its arguments and environment are looked at.
{ tokencsp encrypt "${by_pass[@]}" --in /dev/zero 2>/dev/null || true; } | { sleep 2; head -c 10 >/dev/null; } &
sleep 1
listing=$(ps axww -o args=)
wait
for secret in pass wrong; do
    if grep -qaF -- "$(cat "$secret")" transcript; then fail "a passphrase is in the command's output"; fi
    if grep -qF -- "$(cat "$secret")" <<<"$listing"; then fail "a passphrase is in ps"; fi
done
grep -q 'tokencsp encrypt' <<<"$listing" || fail "ps shows no command"
secrets_stay_secret token/demo.pin

# -- A gigabyte ------------------------------------------------------------------------------------------------------

big=$(mktemp -d "${TMPDIR:-/tmp}/tokencsp.XXXXXXXX")
trap 'rm -rf "$work" "$big"' EXIT
# kilobytes ARGUMENT…: the most memory that the command had at a time. -- and the parent is Python, which is small.
kilobytes() {
    python3 -c '
import resource, subprocess, sys
subprocess.run(["tokencsp"] + sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
truncate -s 1M "$big/small"
truncate -s 1G "$big/large"
start=$SECONDS
for size in small large; do
    declare "encrypt_$size=$(kilobytes encrypt --container alice --in "$big/$size" --out "$big/$size.enc")"
    declare "decrypt_$size=$(kilobytes decrypt --container alice --in "$big/$size.enc" --out "$big/$size.dec")"
    cmp -s "$big/$size" "$big/$size.dec" || fail "$size comes back as another"
    [ "$size" = small ] || rm "$big/$size.enc" "$big/$size.dec"
done
seconds=$((SECONDS - start))
declare "digest_small=$(kilobytes digest "$big/small" --json | tail -1)" "digest_large=$(kilobytes digest "$big/large" --json | tail -1)"
run 0 sign --container alice --in "$big/large" --out large.sig
openssl dgst -sha256 -verify alice.pub -signature large.sig "$big/large" >/dev/null || fail "openssl does not verify 1 GiB"
for job in encrypt decrypt digest; do
    small=${job}_small large=${job}_large
    [ $((${!large} - ${!small})) -lt 8192 ] || fail "$job: ${!small} KiB for 1 MiB, ${!large} KiB for 1 GiB"
done

# -- The progress ----------------------------------------------------------------------------------------------------

# On a terminal on standard error after a second; nowhere else.
run 0 encrypt --container alice --in "$big/large" --out "$big/large.enc"
[ ! -s err ] || fail "the progress is shown where there is no terminal: $(cat err)"
rm "$big/large.enc"
script -qec "tokencsp encrypt --container alice --in '$big/large' --out '$big/large.enc'" /dev/null >shown </dev/null
if [ "$seconds" -ge 8 ]; then grep -q 'encrypting.*1.0 GiB.*%' shown || fail "no progress: $(cat -v shown)"; fi
script -qec "tokencsp digest '$big/large' '$big/large' >'$big/out'" /dev/null >shown </dev/null
[ "$(wc -l <"$big/out")" -eq 2 ] || fail "no digests beside the progress"

echo "files and pipes: 1 GiB encrypted and decrypted in $seconds s, in $encrypt_large and $decrypt_large KiB"
