#!/usr/bin/env bash
# Usage: Tests/Integration/cli-keys.sh
#
# Private keys from files and into files, as openssl makes and reads them; copies to another token; containers renamed,
# with a kill at every change of a file; keys made stricter; what must not happen.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

curves='TokenCSP Elliptic Curve Provider'
umask 077
printf 'correct horse battery' >pass
printf 'Tr0ub4dor&3' >wrong
printf 'Sign this.\n' >message
with_pass=(--passphrase-source "file:$work/pass")

# same_key CONTAINER PEM [ARGUMENT…]: the container's public key is that of the private one in the file.
same_key() {
    local container=$1 file=$2
    shift 2
    run 0 key export-public --container "$container" "$@"
    openssl pkey -in "$file" -pubout | cmp -s - out || fail "the key of $container is not that of $file"
}

# -- Import: what openssl makes --------------------------------------------------------------------------------------

openssl genrsa -out rsa.pem 2048 2>/dev/null
openssl ecparam -name prime256v1 -genkey -out p256.pem 2>/dev/null # with EC PARAMETERS in front
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-384 -out p384.pem
openssl genpkey -algorithm ed25519 -out ed25519.pem
openssl req -new -x509 -key rsa.pem -subj /CN=alice -out certificate.pem

openssl rsa -in rsa.pem -traditional -out pkcs1.pem 2>/dev/null
openssl rsa -in rsa.pem -traditional -outform DER -out pkcs1.der 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in rsa.pem -outform DER -out pkcs8.der
openssl pkcs8 -topk8 -in rsa.pem -passout file:pass -out pbes2.pem
openssl pkcs8 -topk8 -in rsa.pem -passout file:pass -outform DER -out pbes2.der
openssl pkcs8 -topk8 -in rsa.pem -passout file:pass -scrypt -out scrypt.pem
openssl pkcs8 -topk8 -in rsa.pem -passout file:pass -v1 PBE-SHA1-3DES -out pbes1.pem
openssl rsa -in rsa.pem -traditional -aes128 -passout file:pass -out openssl.pem 2>/dev/null
openssl pkcs12 -export -inkey rsa.pem -in certificate.pem -passout file:pass -out new.p12
openssl pkcs12 -export -legacy -inkey rsa.pem -in certificate.pem -passout file:pass -out legacy.p12
openssl rsa -in rsa.pem -outform MSBLOB -out rsa.blob 2>/dev/null

for file in rsa.pem pkcs1.pem pkcs1.der pkcs8.der; do
    run 0 key import "$file" --container "in-$file"
    grep -q '^Policy: not exportable, sensitive, sign only. Read back: all [0-9]* lines agree.$' out || fail "$file: $(cat out)"
    same_key "in-$file" rsa.pem
done
for file in pbes2.pem pbes2.der pbes1.pem openssl.pem new.p12 legacy.p12; do
    json 0 key import "$file" --container "in-$file" "${with_pass[@]}"
    is "d['key']['agrees']" True
    same_key "in-$file" rsa.pem
    # Wrong, missing, and nothing is left of the container.
    run 4 key import "$file" --container absent --passphrase-source "file:$work/wrong"
    run 4 key import "$file" --container absent
    said --passphrase-source
done
# GnuTLS 3.7 has no scrypt: told, and nothing else.
status=0
tokencsp key import scrypt.pem --container in-scrypt "${with_pass[@]}" >out 2>err || status=$?
case $status in 0) same_key in-scrypt rsa.pem ;; 1) said GnuTLS scrypt openssl ;; *) fail "scrypt: $status, $(cat err)" ;; esac
run 0 key import rsa.blob --container in-blob
same_key in-blob rsa.pem
json 0 key show --container in-blob
is "d['key']['spec']" exchange
for kind in p256 p384 ed25519; do
    run 0 key import "$kind.pem" --container "in-$kind"
    same_key "in-$kind" "$kind.pem" --provider "$curves"
    openssl pkcs8 -topk8 -nocrypt -in "$kind.pem" -outform DER -out "$kind.der"
    run 0 key import "$kind.der" --container "in-$kind" --replace --yes
    same_key "in-$kind" "$kind.pem" --provider "$curves"
done
run 2 key show --container absent

# What is imported signs, and openssl verifies.
openssl pkey -in rsa.pem -pubout -out rsa.pub
openssl pkey -in p256.pem -pubout -out p256.pub
run 0 sign --container in-new.p12 --in message --out message.sig
openssl dgst -sha256 -verify rsa.pub -signature message.sig message >/dev/null || fail "openssl does not verify (RSA)"
run 0 sign --provider "$curves" --container in-p256 --in message --out message.sig
openssl dgst -sha256 -verify p256.pub -signature message.sig message >/dev/null || fail "openssl does not verify (P-256)"

# The certificate of a PKCS#12.
json 0 key import new.p12 --container in-new.p12 --replace --yes "${with_pass[@]}" --certificate-out found.pem
is "d['certificates']" 1
is "d['form']" pkcs12
is "d['certificate_file']" found.pem
cmp -s found.pem certificate.pem || fail "the certificate is not the PKCS#12's"

# Protection asked for.
json 0 key import rsa.pem --container protected --exportable --user-protected
is "d['key']['policy']['exportable']" True
is "d['key']['policy']['protection']" consent

# -- Import: what is refused -----------------------------------------------------------------------------------------

unchanged run 3 key import rsa.pem --container in-rsa.pem
said --replace NTE_EXISTS
unchanged run 2 key import nothing.pem --container absent
before=$(objects)
for file in new.p12 rsa.blob pkcs8.der pbes2.pem pbes2.der; do
    for size in 9 40 500 700; do
        head -c "$size" "$file" >short
        status=0
        tokencsp key import short --container absent "${with_pass[@]}" >out 2>err || status=$?
        case $status in 1 | 4) ;; *) fail "$file cut to $size bytes: $status, $(cat err)" ;; esac
    done
done
for size in $(seq 0 20); do
    head -c "$size" rsa.blob >short
    for form in pem der pkcs12 blob wrapped; do
        status=0
        tokencsp key import short --form "$form" --container absent "${with_pass[@]}" >out 2>err || status=$?
        case $status in 1 | 4) ;; *) fail "$size bytes as $form: $status, $(cat err)" ;; esac
    done
done
[ "$(objects)" = "$before" ] || fail "a file that is cut off changed the token"
# Of curves that are not ours the name is told, in the clear or not.
openssl ecparam -name secp256k1 -genkey -noout -out secp256k1.pem
openssl pkcs8 -topk8 -nocrypt -in secp256k1.pem -outform DER -out secp256k1.der
openssl ec -in secp256k1.pem -pubout -out secp256k1.pub 2>/dev/null
openssl genpkey -algorithm x25519 -out x25519.pem
for file in secp256k1.pem secp256k1.der x25519.pem; do
    unchanged run 1 key import "$file" --container absent
    said 'P-256, P-384, P-521 and Ed25519 are supported'
    grep -qi "on ${file%.*}:" err || fail "the curve of $file is not told: $(cat err)"
done
run 1 encrypt --recipient secp256k1.pub --in message --out gone
said secp256k1
# A passphrase is no PIN, and is not called one.
json 4 key import pbes2.pem --container absent --passphrase-source file:no-such-file
is "d['error']['name'], d['error']['message'].startswith('passphrase source')" "('PASSPHRASE_WRONG', True)"
json 4 key import pbes2.pem --container absent --passphrase-source "file:$work/wrong"
is "d['error']['name']" PASSPHRASE_WRONG
# Lines of any length are PEM.
wider() { # wider FILE: its one block with lines of 76 characters, blanks behind them, and other ends.
    python3 - "$1" <<'END'
import sys
lines = open(sys.argv[1]).read().split("\n")
text = "".join(lines[1:-2])
print("\r\n".join([lines[0]] + [text[i : i + 76] + " " for i in range(0, len(text), 76)] + [lines[-2], ""]), end="")
END
}
wider pbes2.pem >wide.pem
run 0 key import wide.pem --container in-wide "${with_pass[@]}"
same_key in-wide rsa.pem
wider rsa.pub >wide.pub
run 0 encrypt --recipient wide.pub --in message --out message.enc
run 0 container delete in-wide --yes
cp message garbage
unchanged run 1 key import garbage --container absent
: >empty
unchanged run 1 key import empty --container absent
# A number that is another's: the parts of the key do not fit.
python3 - <<'END'
key = bytearray(open("rsa.blob", "rb").read())
key[400] ^= 1
open("changed.blob", "wb").write(key)
END
unchanged run 1 key import changed.blob --container absent
said NTE_BAD_DATA
run 64 key import rsa.pem --container absent --passphrase-source 'the passphrase itself'
if grep -q 'the passphrase itself' err out; then fail "a passphrase given by mistake is repeated"; fi

# -- Export: what openssl reads --------------------------------------------------------------------------------------

run 0 key import rsa.pem --container out --exportable
json 0 key export --container out --out exported.pem "${with_pass[@]}"
is "d['form']" pkcs8
is "d['encrypted']" True
[ "$(stat -c %a exported.pem)" = 600 ] || fail "others may read the export"
openssl pkcs8 -in exported.pem -passin file:pass -out again.pem || fail "openssl pkcs8 does not read the export"
openssl pkey -in again.pem -pubout | cmp -s - rsa.pub || fail "the export is another key"
openssl asn1parse -in exported.pem | grep -q 'INTEGER *:0927C0' || fail "PBKDF2 has not 600,000 rounds"
if openssl pkcs8 -in exported.pem -passin file:wrong -out /dev/null 2>/dev/null; then fail "any passphrase opens the export"; fi
for kind in p256 p384; do
    run 0 key import "$kind.pem" --container out --exportable --replace --yes
    run 0 key export --provider "$curves" --container out --out exported.pem --overwrite --yes "${with_pass[@]}"
    openssl pkey -in exported.pem -passin file:pass -pubout | cmp -s - <(openssl pkey -in "$kind.pem" -pubout) ||
        fail "openssl reads another key from the export of $kind"
    # And in again.
    run 0 key import exported.pem --container again --replace --yes "${with_pass[@]}"
    same_key again "$kind.pem" --provider "$curves"
done
run 0 key import rsa.blob --container outx --exportable
run 0 key export --container outx --form blob --insecure-plain --out plain.blob
said 'in the clear'
openssl rsa -inform MSBLOB -in plain.blob -pubout 2>/dev/null | cmp -s - rsa.pub || fail "openssl reads another key from the blob"
run 0 key export --container outx --form blob --out sealed.blob "${with_pass[@]}"
# CryptDeriveKey of SHA-256 is the hash itself, the key for AES-256-CBC from zeros on behind the header of 8 bytes.
openssl enc -d -aes-256-cbc -K "$(sha256sum pass | cut -c1-64)" -iv 00000000000000000000000000000000 \
    -in <(tail -c +9 sealed.blob) -out opened && cmp -s opened <(tail -c +9 plain.blob) || fail "the blob is encrypted in another way"
run 0 key import sealed.blob --container in-sealed "${with_pass[@]}"
same_key in-sealed rsa.pem
run 4 key import sealed.blob --container absent --passphrase-source "file:$work/wrong"
# A ciphertext that happens to begin with letters is one all the same: the passphrase is looked for.
python3 - <<'END'
blob = bytearray(open("sealed.blob", "rb").read())
blob[8:12] = b"RQ a"
open("letters.blob", "wb").write(blob)
END
run 4 key import letters.blob --container absent "${with_pass[@]}"
said 'the passphrase is wrong, or the blob is damaged'
run 2 key show --container absent

rm -f kept.pem
run 7 key export --container in-rsa.pem --out kept.pem "${with_pass[@]}"
said NTE_BAD_KEY_STATE
run 4 key export --container out --out kept.pem
run 64 key export --container out --form blob --insecure-plain "${with_pass[@]}" --out kept.pem
[ ! -e kept.pem ] || fail "a refused export left a file"
run 2 key export --container outx --out "$work/no-such-folder/file" "${with_pass[@]}"

# -- Passphrases that are asked for ----------------------------------------------------------------------------------

# On the terminal, twice for a new one, and never shown.
cat >ask.py <<'END'
import os, pty, select, sys, time
answers, arguments = sys.argv[1].split(","), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.environ["TOKENCSP_INTERACTION"] = "terminal"
    os.execvp("tokencsp", ["tokencsp", *arguments])
shown, answered, deadline = "", 0, time.monotonic() + 30
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 0.2)[0]:
        continue
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    shown += piece.decode()
    isAsked = "Passphrase for" in shown[answered:] and shown.endswith(": ") or shown[answered:].endswith("[y/N] ")
    if answers and isAsked:
        answered = len(shown)
        os.write(terminal, (answers.pop(0) + "\r").encode())
print(shown)
if "Tr0ub" in shown or "correct" in shown or answers:
    sys.exit(99)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
asked() { # asked STATUS ANSWERS ARGUMENT…
    local status=0 expected=$1
    shift
    python3 ask.py "$@" >shown || status=$?
    [ "$status" -eq "$expected" ] || fail "asked on a terminal, $*: $status, $(cat -v shown)"
}
phrase=$(cat pass) other_phrase=$(cat wrong)
rm -f asked.pem
asked 4 "$phrase,$other_phrase" key export --container outx --out asked.pem
[ ! -e asked.pem ] || fail "two passphrases that differ wrote a file"
asked 0 "$phrase,$phrase" key export --container outx --out asked.pem
openssl pkey -in asked.pem -passin file:pass -pubout | cmp -s - rsa.pub || fail "the passphrase entered is another"
asked 4 "$other_phrase" key import asked.pem --container asked
asked 0 "$phrase" key import asked.pem --container asked
same_key asked rsa.pem
# Before a key or a file is replaced: by its name, and only a yes is one.
run 0 key generate --container asked-too --bits 1024
unchanged asked 7 n key import rsa.pem --container asked-too --replace
grep -q 'Replace the 1024-bit signature key of container "asked-too"?' shown || fail "the question: $(cat -v shown)"
asked 0 y key import rsa.pem --container asked-too --replace
same_key asked-too rsa.pem
# Where there is none nobody is asked.
run 0 key import rsa.pem --container asked-not --replace
before=$(sha256sum asked.pem)
asked 7 n key export --container outx --out asked.pem --overwrite "${with_pass[@]}"
[ "$(sha256sum asked.pem)" = "$before" ] || fail "a file was replaced after a no"
grep -q 'Replace what is in asked.pem?' shown || fail "the question: $(cat -v shown)"
asked 0 y key export --container outx --out asked.pem --overwrite "${with_pass[@]}"
[ "$(sha256sum asked.pem)" != "$before" ] || fail "a yes replaced nothing"

# -- Archive ---------------------------------------------------------------------------------------------------------

json 0 key archive --container archived --bits 2048 --out archive.pem "${with_pass[@]}"
is "d['key']['policy']['exportable']" False
# As the token tells it: the twin in the archive could be extracted.
is "d['key']['policy']['ever_exportable']" True
openssl pkey -in archive.pem -passin file:pass -out archive-key.pem
same_key archived archive-key.pem
run 7 key export --container archived --out kept.pem "${with_pass[@]}"
said archive
cp archive.pem before.pem
unchanged run 3 key archive --container absent --bits 2048 --out archive.pem "${with_pass[@]}"
said archive.pem --overwrite
cmp -s archive.pem before.pem || fail "the only copy of a key was replaced"
unchanged run 2 key archive --container absent --bits 2048 --out "$work/no-such-folder/file" "${with_pass[@]}"
run 2 key show --container absent

# -- To another token ------------------------------------------------------------------------------------------------

eval "$("$root/scripts/softhsm-token" --label other "$work/token" 2>/dev/null | grep -v TOKENCSP_TOKEN)"
other="pkcs11:token=other?module-path=$softhsm_module"
to_other=(--to "$other" --to-pin-source "file:$work/token/other.pin")
on_other=(--token "$other" --pin-source "file:$work/token/other.pin")
# A key that would be recognized in a trace of the process: see below.
json 0 key copy --container outx "${to_other[@]}"
is "d['key']['token']" other
is "d['key']['spec']" exchange
is "d['key']['policy']['exportable']" True
is "d['key']['agrees']" True
is "d['through_host']" False
same_key outx rsa.pem "${on_other[@]}"
run 0 sign "${on_other[@]}" --container outx --in message --out message.sig
openssl dgst -sha256 -verify rsa.pub -signature message.sig message >/dev/null || fail "the copy does not sign"
run 3 key copy --container outx "${to_other[@]}"
json 0 key copy --container outx "${to_other[@]}" --to-container strict --not-exportable
is "d['key']['policy']['exportable']" False
json 0 key copy --container outx "${to_other[@]}" --to-container hosted --through-host
is "d['through_host']" True
same_key hosted rsa.pem "${on_other[@]}"
json 0 key copy --provider "$curves" --container out --to-container copied
same_key copied p384.pem --provider "$curves"
# It asks as the original does; the PIN of one token is not tried on the other.
json 0 key copy --container protected "${to_other[@]}" --pin-source "file:$work/token/demo.pin"
is "d['key']['policy']['protection']" consent
run 7 key copy --container in-rsa.pem "${to_other[@]}"
run 2 key show "${on_other[@]}" --container in-rsa.pem
run 4 key copy --container outx --to "$other" --to-container absent
said --to-pin-source
run 2 key show "${on_other[@]}" --container absent

# To NSS and back, which has other ways to wrap and a mind of its own about uses.
nss=$("$root/scripts/nss-token" "$work/nss" | sed -n "s/^export TOKENCSP_\(TOKEN\|CONFIG\)='\(.*\)'$/\1 \2/p")
nss_uri=$(sed -n 's/^TOKEN //p' <<<"$nss")
export TOKENCSP_CONFIG
TOKENCSP_CONFIG=$(sed -n 's/^CONFIG //p' <<<"$nss")
run 0 key import rsa.pem --container portable --exportable
json 0 key copy --container portable --to "$nss_uri" --to-pin-source "file:$work/nss/nss.pin"
is "d['through_host']" False
is "' '.join(d['key']['policy']['usage'])" sign
is "d['key']['agrees']" True
run 0 key copy --token "$nss_uri" --pin-source "file:$work/nss/nss.pin" --container portable --to "$demo_uri" \
    --to-pin-source "file:$work/token/demo.pin" --to-container returned
unset TOKENCSP_CONFIG
same_key returned rsa.pem

# Wrapped for an exchange key there; openssl unwraps it for a key that it knows.
openssl genrsa -out receiver.pem 2048 2>/dev/null
openssl pkey -in receiver.pem -pubout -out receiver.pub
run 0 key export --container outx --form wrapped --recipient receiver.pub --out wrapped
openssl pkey -pubin -in wrapped -pubout | cmp -s - rsa.pub || fail "the file does not begin with the public key"
python3 - <<'END'
import base64, re
text = open("wrapped").read()
data = base64.b64decode(re.search("BEGIN TOKENCSP WRAPPED KEY-----(.*)-----END TOKENCSP", text, re.S)[1])
open("first", "wb").write(data[:256])
open("second", "wb").write(data[256:])
END
openssl pkeyutl -decrypt -inkey receiver.pem -pkeyopt rsa_padding_mode:oaep -in first -out transport
openssl enc -d -id-aes256-wrap-pad -K "$(od -An -tx1 transport | tr -d ' \n')" -iv A65959A6 -in second -out unwrapped.der
openssl pkey -inform DER -in unwrapped.der -pubout | cmp -s - rsa.pub || fail "openssl unwraps another key"
run 0 key generate "${on_other[@]}" --container receiver --spec exchange --bits 2048
run 0 key export --container outx --form wrapped --for-token "$other" --for-container receiver --out wrapped --overwrite --yes
[ "$(stat -c %a wrapped)" = 600 ] || fail "others may read the wrapped key"
run 0 key import wrapped "${on_other[@]}" --container receiver --spec signature
same_key receiver rsa.pem "${on_other[@]}" --spec signature
run 3 key import wrapped "${on_other[@]}" --container receiver --spec signature
# Another's public key in front: what is encrypted with it would be his to read.
cat receiver.pub <(sed -n '/BEGIN TOKENCSP/,$p' wrapped) >exchanged
run 1 key import exchanged "${on_other[@]}" --container receiver --spec signature --replace --yes
said NTE_BAD_DATA
same_key receiver rsa.pem "${on_other[@]}" --spec signature

# -- Stricter --------------------------------------------------------------------------------------------------------

run 0 key import rsa.pem --container strict --exportable
json 0 key protect --container strict
is "d['changed']" False
is "d['key']['policy']['exportable']" True
unchanged run 7 key protect --container strict --not-exportable
said 'this can never be undone' --yes
if grep -q destroys err; then fail "key protect destroys nothing: $(cat err)"; fi
json 0 key protect --container strict --not-exportable --yes
is "d['before']['exportable']" True
is "d['key']['policy']['exportable']" False
private_key strict | grep -q extractable && fail "pkcs11-tool still sees it extractable: $(private_key strict)"
run 7 key export --container strict --out kept.pem "${with_pass[@]}"
said 'CKA_EXTRACTABLE is false' 'tokencsp key protect'
for level in consent pin; do
    json 0 key protect --container strict --require "$level" --yes
    is "d['key']['policy']['protection'].lower()" "$level"
done
for level in none consent; do
    unchanged run 7 key protect --container strict --require "$level" --yes
    said NTE_BAD_FLAGS
done
same_key strict rsa.pem
run 0 sign --container strict --in message --out message.sig --pin-source "file:$work/token/demo.pin"
openssl dgst -sha256 -verify rsa.pub -signature message.sig message >/dev/null || fail "a stricter key does not sign"
run 0 key delete --container strict --spec signature --yes
[ -z "$(private_key strict)" ] || fail "a stricter key was not deleted"

# -- Another name ----------------------------------------------------------------------------------------------------

run 0 key import rsa.pem --container before
json 0 container rename before after
is "d['container']" after
is "d['former_name']" before
is "d['keys']" "['signature']"
run 2 key show --container before
same_key after rsa.pem
private_key after | grep -q sign || fail "pkcs11-tool does not see the new name"
run 3 container rename after in-rsa.pem
said NTE_EXISTS
run 2 container rename before anything
run 0 key rename after before
run 0 container create empty
run 0 container rename empty void
run 2 container delete empty --yes
run 0 container delete void --yes
run 64 container rename before ''

# Killed before each of its changes (not in the middle of one, see cli-points.c): the same command again completes it, and neither half is ever lost.
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC "$root/Tests/Integration/cli-points.c" -o points.so
command=$(command -v tokencsp)
rm -rf pristine
cp -a token/tokens pristine
LD_PRELOAD=$work/points.so KILL_AT=0 "$command" container rename before after >points 2>&1
total=$(sed -n 's/^points //p' points)
[ "${total:-0}" -ge 2 ] || fail "renaming changes files $total times"
for ((point = 1; point <= total; point++)); do
    for next in rename sign; do
        rm -rf token/tokens
        cp -a pristine token/tokens
        { LD_PRELOAD=$work/points.so KILL_AT=$point "$command" container rename before after >out 2>err; } 2>/dev/null &&
            fail "not killed before change $point of $total"
        name=after
        if [ "$next" = rename ]; then
            run 0 container rename before after
            run 2 key show --container before
        elif [ "$point" -eq 1 ]; then
            name=before
        fi
        # Whatever program comes next, the pair is whole.
        run 0 sign --container "$name" --in message --out message.sig
        same_key "$name" rsa.pem
        openssl dgst -sha256 -verify rsa.pub -signature message.sig message >/dev/null ||
            fail "killed before change $point: no good key"
    done
done

# A key made stricter likewise: whatever is done, it asks for the more of the two, and is one pair.
rm -rf token/tokens
cp -a pristine token/tokens
LD_PRELOAD=$work/points.so KILL_AT=0 "$command" key protect --container before --require consent --yes >points 2>&1
protecting=$(sed -n 's/^points //p' points)
[ "${protecting:-0}" -ge 2 ] || fail "protecting changes objects $protecting times"
killed=0
for ((point = 1; point <= protecting; point++)); do
    rm -rf token/tokens
    cp -a pristine token/tokens
    { LD_PRELOAD=$work/points.so KILL_AT=$point "$command" key protect --container before --require consent --yes >out 2>err; } 2>/dev/null ||
        killed=$((killed + 1))
    json 0 key show --container before
    is "d['key']['policy']['protection']" "$([ "$point" -eq 1 ] && echo none || echo consent)"
    same_key before rsa.pem
    run 0 sign --container before --in message --out message.sig --pin-source "file:$work/token/demo.pin"
    openssl dgst -sha256 -verify rsa.pub -signature message.sig message >/dev/null || fail "killed before change $point: no good key"
    json 0 key protect --container before --require consent --yes
    is "d['key']['policy']['protection']" consent
done
[ "$killed" -ge 2 ] || fail "protecting was killed $killed times"

# -- Secrets ---------------------------------------------------------------------------------------------------------

for secret in pass wrong; do
    if grep -qaF -- "$(cat "$secret")" transcript; then fail "a passphrase is in the command's output"; fi
done
# -- Half keys of other tools ----------------------------------------------------------------------------------------

openssl rsa -in rsa.pem -outform DER -out half.der 2>/dev/null
openssl rsa -in rsa.pem -pubout -outform DER -out half.pub.der 2>/dev/null
PIN=$pin pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN \
    --write-object half.der --type privkey --label private-half --id 0a >/dev/null 2>&1
PIN=$pin pkcs11-tool --module "$softhsm_module" --token-label demo --login --pin env:PIN \
    --write-object half.pub.der --type pubkey --label public-half --id 0b >/dev/null 2>&1
run 2 key show --container private-half
said 'is a private key alone: without its public half'
run 2 key show --container public-half
said 'the private key is not on the token, its public half alone is'
run 2 key show --container no-half
said 'there is no container'
# Where somebody would have to be asked for it nobody is: a name may be mistyped.
TOKENCSP_TOKEN=$demo_uri run 2 key show --container private-half
said 'there is no container'

secrets_stay_secret token/demo.pin token/other.pin
if grep -qa 'BEGIN.*PRIVATE' transcript; then fail "a private key is in the command's output"; fi
# Nothing half-written anywhere.
found=$(find . -name '*.tokencsp-*')
[ -z "$found" ] || fail "left behind: $found"
echo "keys from files, into files and from token to token: as openssl has them; a renaming was killed $total times"
