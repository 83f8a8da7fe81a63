#!/usr/bin/env bash
# Usage: Tests/Integration/exports.sh
#
# What the installed library exports is what its headers declare, and that is all of CryptoAPI 1.0: the 39 functions of
# advapi32, A and W forms counted, and the 25 of a cryptographic service provider.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
if [ "${1:-}" = --help ]; then help; fi

"$root/scripts/check-exports" --self-test
"$root/scripts/check-exports"

library=$(pkg-config --variable=libdir tokencsp)/libtokencsp.so.1
exported=$(nm -D --defined-only "$library" | awk '{ print $3 }')
for name in AcquireContext{A,W} ContextAddRef CreateHash Decrypt DeriveKey DestroyHash DestroyKey DuplicateHash \
    DuplicateKey Encrypt EnumProviderTypes{A,W} EnumProviders{A,W} ExportKey GenKey GenRandom GetDefaultProvider{A,W} \
    GetHashParam GetKeyParam GetProvParam GetUserKey HashData HashSessionKey ImportKey ReleaseContext SetHashParam \
    SetKeyParam SetProvParam SetProvider{A,W} SetProviderEx{A,W} SignHash{A,W} VerifySignature{A,W}; do
    grep -qx "Crypt$name" <<<"$exported" || fail "Crypt$name is not exported"
done
for name in AcquireContext CreateHash Decrypt DeriveKey DestroyHash DestroyKey DuplicateHash DuplicateKey Encrypt \
    ExportKey GenKey GenRandom GetHashParam GetKeyParam GetProvParam GetUserKey HashData HashSessionKey ImportKey \
    ReleaseContext SetHashParam SetKeyParam SetProvParam SignHash VerifySignature; do
    grep -qx "CP$name" <<<"$exported" || fail "CP$name is not exported"
done
