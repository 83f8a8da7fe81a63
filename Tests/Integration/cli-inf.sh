#!/usr/bin/env bash
# Usage: Tests/Integration/cli-inf.sh
#
# certreq INF files: those of Microsoft's documentation make the requests that they describe, as openssl reads them; what
# cannot be honoured fails with its line, before any key is made.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi

# text FILE: what openssl reads in a request, whose signature must verify.
text() { openssl req -in "$1" -noout -text -verify 2>&1 || fail "openssl: $(cat "$1")"; }
# has FILE LINE…: openssl's text of a request has each of these, blanks at a line's beginning aside.
has() {
    local line read
    read=$(text "$1" | sed 's/^ *//; s/ *$//; s/ = /=/g')
    shift
    grep -qiE '^(Certificate request self-signature )?verify OK' <<<"$read" || fail "openssl does not verify: $read"
    for line in "$@"; do
        grep -qxF -- "$line" <<<"$read" || fail "openssl shows no line '$line' in: $read"
    done
}
# lacks FILE TEXT
lacks() { if text "$1" | grep -qF -- "$2"; then fail "openssl shows '$2' in: $(text "$1")"; fi; }
# refused STATUS LINE TEXT…: the last file is refused with this line, and the token is as it was.
refused() {
    local status=$1 line=$2
    shift 2
    unchanged run "$status" request bad.inf --out bad.req
    said "bad.inf, line $line: " "$@"
    [ ! -e bad.req ] || fail "a request was written for: $(cat bad.inf)"
}

# -- Microsoft's examples --------------------------------------------------------------------------------------------
# https://learn.microsoft.com/windows-server/administration/windows-commands/certreq_1, "certreq -new".

# "To create a policy file (.inf) in Notepad and save it as requestconfig.inf". OID stands in [Extensions] there.
cat >requestconfig.inf <<'END'
[NewRequest]
Subject = "CN=server.contoso.com"
Exportable = TRUE
KeyLength = 2048
KeySpec = 1
KeyUsage = 0xf0
MachineKeySet = TRUE
[RequestAttributes]
CertificateTemplate=WebServer
[Extensions]
OID = 1.3.6.1.5.5.7.3.1
OID = 1.3.6.1.5.5.7.3.2
END
json 0 request requestconfig.inf --out requestconfig.req
keys d container spec provider algorithm bits flags key_created request file notes
is "any('whoever has the PIN' in n for n in d['notes'])" True
is "d['spec'], d['bits'], d['flags'], d['key_created']" "('exchange', 2048, '0x00000001', True)"
[ "$(value "d['request']")" = "$(cat requestconfig.req)" ] || fail "the JSON's request is another"
container=$(value "d['container']")
head -1 requestconfig.req | grep -qx -- '-----BEGIN NEW CERTIFICATE REQUEST-----' || fail "$(head -1 requestconfig.req)"
has requestconfig.req 'Subject: CN=server.contoso.com' 'Public-Key: (2048 bit)' \
    'Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment' \
    'TLS Web Server Authentication, TLS Web Client Authentication' 'X509v3 Key Usage: critical'
# The template: openssl has no name for the extension, or has by now.
openssl asn1parse -in requestconfig.req | grep -A1 '1.3.6.1.4.1.311.20.2\|ms-cert-templ\|dom' >template || true
openssl req -in requestconfig.req -outform DER | xxd -p | tr -d '\n' | grep -q 1e1200570065006200530065007200760065 ||
    fail "the template's name is not in the request: $(cat template)"
json 0 key show --container "$container" --spec exchange --machine
is "d['key']['policy']['exportable'], d['key']['bits']" "(True, 2048)"
openssl req -in requestconfig.req -noout -pubkey >in-request.pem
run 0 key export-public --container "$container" --spec exchange --machine --out on-token.pem
cmp -s in-request.pem on-token.pem || fail "the request is for another key than the token's"

# "To use the [Strings] section syntax for OIDs": a self-signed certificate.
cat >strings.inf <<'END'
[Version]
Signature="$Windows NT$"

[Strings]
szOID_ENHANCED_KEY_USAGE = "2.5.29.37"
szOID_PKIX_KP_SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
szOID_PKIX_KP_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"

[NewRequest]
Subject = "CN=TestSelfSignedCert"
Requesttype = Cert

[Extensions]
%szOID_ENHANCED_KEY_USAGE%="{text}%szOID_PKIX_KP_SERVER_AUTH%,"
_continue_ = "%szOID_PKIX_KP_CLIENT_AUTH%"
END
run 0 request strings.inf --container selfsigned --out selfsigned.pem
openssl verify -CAfile selfsigned.pem selfsigned.pem >/dev/null || fail "openssl does not verify the certificate"
openssl x509 -in selfsigned.pem -noout -text >selfsigned.txt
grep -q 'Subject: CN *= *TestSelfSignedCert' selfsigned.txt || fail "$(cat selfsigned.txt)"
grep -q 'TLS Web Server Authentication, TLS Web Client Authentication' selfsigned.txt || fail "$(cat selfsigned.txt)"
# A year, as certreq has it where the file says nothing.
openssl x509 -in selfsigned.pem -noout -checkend $((364 * 86400)) >/dev/null || fail "it ends within a year"
! openssl x509 -in selfsigned.pem -noout -checkend $((367 * 86400)) >/dev/null || fail "it ends after more than a year"
# It is stored with its key.
run 0 certificate export --container selfsigned --out stored.pem
cmp -s <(openssl x509 -in stored.pem -outform DER) <(openssl x509 -in selfsigned.pem -outform DER) || fail "another certificate is stored"

# "To specify a Subject Alternate Name (SAN), add it in the [Extensions] section": the names have no & between them there.
sed '/^\[Extensions\]/,$d; s/Requesttype = Cert/RequestType = PKCS10/' strings.inf >san.inf
cat >>san.inf <<'END'
[Extensions]
2.5.29.17 = "{text}"
_continue_ = "DNS=example.com"
_continue_ = "DNS=www.example.com"
_continue_ = "IP Address=192.168.1.1"
END
run 0 request san.inf --out san.req
has san.req 'Subject: CN=TestSelfSignedCert' 'DNS:example.com, DNS:www.example.com, IP Address:192.168.1.1'

# https://support.microsoft.com/help/931351, How to add a Subject Alternative Name to a secure LDAP certificate; and
# https://learn.microsoft.com/troubleshoot/windows-server/active-directory/enable-ldap-over-ssl-3rd-certification-authority:
# an INF file with every key spelt out. The provider is Windows' own.
cat >ldaps.inf <<'END'
;----------------- request.inf -----------------

[Version]

Signature="$Windows NT$

[NewRequest]

Subject = "CN=<DC fqdn>" ; replace with the FQDN of the DC
KeySpec = 1
KeyLength = 1024
; Can be 1024, 2048, 4096, 8192, or 16384.
; Larger key sizes are more secure, but have
; a greater impact on performance.
Exportable = TRUE
MachineKeySet = TRUE
SMIME = False
PrivateKeyArchive = FALSE
UserProtected = FALSE
UseExistingKeySet = FALSE
ProviderName = "Microsoft RSA SChannel Cryptographic Provider"
ProviderType = 12
RequestType = PKCS10
KeyUsage = 0xa0

[EnhancedKeyUsageExtension]

OID=1.3.6.1.5.5.7.3.1 ; this is for Server Authentication

;-----------------------------------------------
END
# As it stands there a quotation mark is missing: told, and not guessed.
unchanged run 64 request ldaps.inf --out ldaps.req
said 'ldaps.inf, line 5: a quotation mark has no second one'
sed -i 's/^Signature=.*/Signature="$Windows NT$"/; s/<DC fqdn>/dc1.contoso.com/' ldaps.inf
unchanged run 64 request ldaps.inf --out ldaps.req
said 'ldaps.inf, line 11: ' '2048 bits and more'
sed -i 's/^KeyLength = 1024/KeyLength = 2048/' ldaps.inf
# The same as Notepad's "Unicode", with CR LF.
sed 's/$/\r/' ldaps.inf | iconv -t UTF-16LE | (printf '\xff\xfe'; cat) >ldaps-unicode.inf
(printf '\xef\xbb\xbf'; cat ldaps.inf) >ldaps-utf8.inf
for form in ldaps ldaps-unicode ldaps-utf8; do
    run 0 request $form.inf --out $form.req
    said 'note: ' 'line 21:' 'TokenCSP RSA and AES Provider'
    has $form.req 'Subject: CN=dc1.contoso.com' 'Public-Key: (2048 bit)' 'Digital Signature, Key Encipherment' \
        'TLS Web Server Authentication' 'Signature Algorithm: sha256WithRSAEncryption'
done
[ "$(openssl req -in ldaps.req -noout -pubkey)" != "$(openssl req -in ldaps-utf8.req -noout -pubkey)" ] || fail "one key twice"

# -- Every key of the page -------------------------------------------------------------------------------------------

cat >all.inf <<'END'
[Strings]
Domain = example.com
"Person" = "Jane O'Neill"
[newrequest]
SUBJECT = "CN=""%Person%, Ltd"",OU=50%% off,O=Ex\ample;L=Ort+S=Land,C=DE"   ; a comment
KeySpec = AT_SIGNATURE
KeyLength = 0x800
KeyUsage = "CERT_DIGITAL_SIGNATURE_KEY_USAGE | CERT_NON_REPUDIATION_KEY_USAGE"
KeyContainer = all
HashAlgorithm = SHA384
KeyAlgorithm = RSA
ExportableEncrypted = false
SMIME = true
Silent = true
SuppressDefaults = TRUE
AlternateSignatureAlgorithm = FALSE
FriendlyName = "Jane's"
ProviderName = "Microsoft Enhanced RSA and AES Cryptographic Provider"
ProviderType = 24
[Extensions]
2.5.29.17 = "{text}UPN=jane@%Domain%&"
_continue_ = "EMail=jane@%Domain%&DNS=*.%Domain%&"
_continue_ = "DirectoryName=CN=Name,DC=Domain,DC=com&"
_continue_ = "URL=http://host.%Domain%/default.html&"
_continue_ = "IPAddress=10.0.0.1&IPAddress=2001:db8::1&"
_continue_ = "RegisteredId=1.2.3.4.5&"
_continue_ = "1.2.3.4.6.1={utf8}String&"
_continue_ = "1.2.3.4.6.2={octet}AAECAwQFBgc=&"
_continue_ = "1.2.3.4.6.2={octet}{hex}00 01 02 03 04 05 06 07&"
_continue_ = "1.2.3.4.6.3={asn}BAgAAQIDBAUGBw==&"
_continue_ = "1.2.3.4.6.3={hex}04 08 00 01 02 03 04 05 06 07"
2.5.29.37={text}1.3.6.1.5.5.7.3.4, \
    1.3.6.1.4.1.311.10.3.12
2.5.29.19 = "{text}ca=1pathlength=3"
1.2.3.4.5 = {hex}0c 03 61 62 63
1.2.3.4.6 = DANhYmM=
Critical = 2.5.29.37,1.2.3.4.5
END
json 0 request all.inf --out all.req
is "d['container'], d['spec'], d['provider']" "('all', 'signature', 'Microsoft Enhanced RSA and AES Cryptographic Provider')"
is "len(d['notes']), 'FriendlyName' in d['notes'][0]" "(1, True)"
openssl req -in all.req -noout -subject -nameopt RFC2253,-esc_msb | grep -qxF \
    'subject=CN=Jane O'"'"'Neill\, Ltd,OU=50% off,O=Ex\\ample,ST=Land+L=Ort,C=DE' || fail "$(openssl req -in all.req -noout -subject -nameopt RFC2253)"
has all.req 'Signature Algorithm: sha384WithRSAEncryption' 'Digital Signature, Non Repudiation' 'CA:TRUE, pathlen:3' \
    'X509v3 Extended Key Usage: critical' 'S/MIME Capabilities:' '1.2.3.4.5: critical' '1.2.3.4.6:'
names=$(text all.req | grep -A1 'Subject Alternative Name' | tail -1)
for name in 'UPN::jane@example.com' 'email:jane@example.com' 'DNS:*.example.com' 'URI:http://host.example.com/default.html' \
    'IP Address:10.0.0.1' 'IP Address:2001:DB8:0:0:0:0:0:1' 'Registered ID:1.2.3.4.5' 'DirName:'; do
    grep -qiF -- "$name" <<<"$names" || fail "no $name in $names"
done
# Both spellings of the same bytes.
[ "$(openssl req -in all.req -outform DER | xxd -p | tr -d '\n' | grep -o 04080001020304050607 | wc -l)" = 4 ] || fail "other names"
json 0 key show --container all --spec signature
is "d['key']['policy']['exportable'], d['key']['policy']['usage']" "(False, ['sign'])"

# The order of a name's parts.
for flag in 'CERT_NAME_STR_FORWARD_FLAG' 0x1000000; do
    printf '[NewRequest]\nSubject="C=DE;O=a, b"\nX500NameFlags = %s\nKeyLength=2048\n' "\"$flag | CERT_NAME_STR_SEMICOLON_FLAG\"" >order.inf
    [ "$flag" != 0x1000000 ] || sed -i 's/"0x.*/0x41000000/' order.inf
    run 0 request order.inf --out order.req
    [ "$(openssl req -in order.req -noout -subject -nameopt compat)" = 'subject=/C=DE/O=a, b' ] || fail "$(openssl req -in order.req -noout -subject)"
done

# Curves, an existing key, protection, dates.
for bits in 256 384; do
    printf '[NewRequest]\nSubject="CN=ec"\nKeyAlgorithm=ECDSA_P%s\nKeyLength=%s\nKeySpec=0\n' $bits $bits >ec.inf
    run 0 request ec.inf --container ec$bits --out ec.req
    has ec.req "Public-Key: ($bits bit)" "Signature Algorithm: ecdsa-with-SHA$bits"
done
printf '[NewRequest]\nSubject="CN=again"\nKeyContainer=all\nUseExistingKeySet=TRUE\nKeySpec=2\n' >again.inf
unchanged run 0 request again.inf --out again.req
has again.req 'Subject: CN=again'
[ "$(openssl req -in again.req -noout -pubkey)" = "$(openssl req -in all.req -noout -pubkey)" ] || fail "another key"
unchanged run 3 request all.inf --out all2.req
said NTE_EXISTS UseExistingKeySet
printf '[NewRequest]\nSubject="CN=p"\nKeyLength=2048\nKeyContainer=asks\nKeyProtection=NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG\n' >protected.inf
run 0 request protected.inf --out protected.req --pin-source "file:$work/token/demo.pin"
json 0 key show --container asks
is "d['key']['policy']['protection']" PIN
# Nobody consents: no request, and no key that would be in the way.
unchanged run 4 request <(sed 's/asks/asks2/; s/^KeyProtection.*/UserProtected=TRUE/' protected.inf) --out protected2.req
run 2 key show --container asks2
cat >dates.inf <<'END'
[NewRequest]
Subject = "CN=dates"
KeyLength = 2048
KeyContainer = dates
RequestType = 4
NotBefore = "7/24/2026 10:31 AM"
ValidityPeriodUnits = 3
ValidityPeriod = Years
END
run 0 request dates.inf --out dates.pem
[ "$(openssl x509 -in dates.pem -noout -dates -dateopt iso_8601 | paste -sd' ')" = 'notBefore=2026-07-24 10:31:00Z notAfter=2029-07-24 10:30:59Z' ] ||
    fail "$(openssl x509 -in dates.pem -noout -dates -dateopt iso_8601)"
sed 's/^NotB.*/NotBefore = 31 January 2026/; s/KeyContainer.*/KeyContainer = dates2/; s/^Vali.*Units.*/NotAfter = "2030-02-28 23:59:59"/; /^ValidityPeriod /d' dates.inf >dates2.inf
run 0 request dates2.inf --out dates2.pem
[ "$(openssl x509 -in dates2.pem -noout -dates -dateopt iso_8601 | paste -sd' ')" = 'notBefore=2026-01-31 00:00:00Z notAfter=2030-02-28 23:59:59Z' ] ||
    fail "$(openssl x509 -in dates2.pem -noout -dates -dateopt iso_8601)"
# Standard input and output.
cp ec.inf in
run 0 request - --container piped
openssl req -in out -noout -verify 2>/dev/null || fail "no request on standard output: $(cat out)"

# Where the output fails the key is there all the same, in a container that nobody named: it is told.
printf '[NewRequest]\nSubject = "CN=lost"\n' >lost.inf
for json in '' --json; do
    # shellcheck disable=SC2086
    if tokencsp request lost.inf $json >/dev/full 2>err; then fail "a full disk goes unnoticed"; fi
    said 'is made and stays'
    name=$(sed -nE 's/.*container "(\{[0-9A-F-]+\})" is made.*/\1/p' err)
    json 0 key show --container "$name"
    # Of a file that does not say, the length is the provider's.
    is "d['key']['spec'], d['key']['bits']" "('exchange', 3072)"
done

# -- What is refused -------------------------------------------------------------------------------------------------

# bad LINE: a file of five lines of which the last is this one.
bad() { printf '[NewRequest]\nSubject = "CN=bad"\nKeyLength = 2048\n\n%s\n' "$1" >bad.inf; }
bad 'Exportble = TRUE'; refused 64 5 'the key Exportble is not known'
bad 'Exportable = maybe'; refused 64 5 'TRUE or FALSE'
bad 'KeyLength = 3072'; refused 64 5 'line 3 already'
bad 'RequestType = CMC'; refused 64 5 PKCS10
bad 'RenewalCert = 4EDF274BD2919C6E9EC6A522F0F3B153E9B1582D'; refused 64 5 UseExistingKeySet
bad 'SecurityDescriptor = "D:P(A;;GA;;;SY)(A;;GA;;;BA)"'; refused 64 5 'cannot be honoured'
bad 'PrivateKeyArchive = TRUE'; refused 64 5 CMC
bad 'AlternateSignatureAlgorithm = TRUE'; refused 64 5 'PKCS #1 v1.5'
bad 'HashAlgorithm = md5'; refused 64 5 sha256
bad 'KeyAlgorithm = DSA'; refused 64 5 ECDSA_P256
bad 'KeyAlgorithm = ECDH_P256'; refused 64 5 'cannot sign'
bad 'KeySpec = 3'; refused 64 5 AT_SIGNATURE
bad 'KeyUsage = CERT_SIGNATURE'; refused 64 5 CERT_DIGITAL_SIGNATURE_KEY_USAGE
bad 'KeyUsage = 0x10000'; refused 64 5
bad 'ProviderName = "Nobody"'; refused 64 5 'tokencsp providers'
bad 'ProviderName = "Microsoft Platform Crypto Provider"'; refused 64 5 --token
bad 'ProviderType = 99999999999'; refused 64 5
bad 'KeyContainer = "pkcs11:token=demo?pin-source=|touch evil"'; refused 64 5 'plain name'
bad 'ValidityPeriod = Years'; refused 64 5 'RequestType = Cert'
bad 'NoEqualsSign'; refused 64 5 'key = value'
bad '[Unknown]'; refused 64 5 '[Unknown]'
bad '[Extensions'; refused 64 5 '[Name]'
bad 'FriendlyName = "open'; refused 64 5 'quotation mark'
bad 'FriendlyName = %nobody%'; refused 64 5 '%nobody%'
bad $'[Extensions]\n2.5.29.17 = "{text}DNS=a b"'; refused 64 6 'host name'
bad $'[Extensions]\n2.5.29.17 = "{text}FOO=a"'; refused 64 6 'DirectoryName'
bad $'[Extensions]\n2.5.29.32 = "{text}1.2.3"'; refused 64 6 '{hex}'
bad $'[Extensions]\n1.2.3.4 = {hex}30 05 00'; refused 64 6 'no DER'
bad $'[Extensions]\nCritical = 1.2.3'; refused 64 6 'no such extension'
bad $'[Extensions]\n1.2.3.4 = DANhYmM=\n1.2.3.4 = DANhYmM='; refused 64 7 twice
bad $'[EnhancedKeyUsageExtension]\nOID = serverAuth'; refused 64 6
bad $'[RequestAttributes]\nSAN = "dns=a"'; refused 64 6 2.5.29.17
printf '[NewRequest]\nKeyLength = 512\nSubject="CN=a"\n' >bad.inf; refused 64 2 '2048 bits and more'
printf '[NewRequest]\nSubject="CN=a,XX=b"\n' >bad.inf; refused 64 2 XX
printf '[NewRequest]\nKeyLength=2048\n' >bad.inf; refused 64 1 subject
printf '[NewRequest]\nSubject="CN=a"\nSilent=TRUE\nUserProtected=TRUE\n' >bad.inf; refused 64 1 Silent
printf '[Version]\nSignature="$Linux$"\n[NewRequest]\nSubject="CN=a"\n' >bad.inf; refused 64 2 'Windows NT'
printf '\xff\xfe[\0N' >bad.inf; run 64 request bad.inf
printf '[New\0Request]' >bad.inf; refused 64 1 'zero byte'
printf '' >bad.inf; run 64 request bad.inf; said '[NewRequest]'
head -c 2000000 /dev/zero >bad.inf; run 1 request bad.inf
head -c 100000 /dev/urandom >bad.inf; run 64 request bad.inf
run 2 request no-such.inf
unchanged run 2 request san.inf --out no/such/folder/x.req
mkdir folder
unchanged run 1 request san.inf --out folder
said folder
[ ! -e evil ] || fail "a file's word was done"

secrets_stay_secret token/demo.pin
