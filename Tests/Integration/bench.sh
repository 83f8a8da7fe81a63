#!/usr/bin/env bash
# Usage: Tests/Integration/bench.sh
#
# The benchmarks' programs compile and run, and print a table; no time is held to anything. A signature makes two
# allocations at most; `--check` tells what got worse, and nothing else.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
if [ "${1:-}" = --help ]; then help; fi

pkg-config --exists tokencsp || use_private_install
work=$(private_folder)
trap 'rm -rf "$work"' EXIT
export BENCH_BUILD=$work BENCH_BASELINE=$work/baseline.json
mkdir "$work/programs"
cd "$work"

# The module that does nothing does it as PKCS#11 says.
"$root/Benchmarks/C/build" programs
tool() { pkcs11-tool --module programs/nothing.so --login --pin 1234 "$@" 2>tool.log || fail "pkcs11-tool $*: $(cat tool.log)"; }
tool -O >objects
[ "$(grep -c '^Private Key Object' objects)" = 2 ] || fail "two private keys are expected: $(cat objects)"
head -c 32 /dev/zero >digest
tool --sign -m RSA-PKCS --label bench -i digest -o signature
[ "$(stat -c %s signature)" = 256 ] || fail "a signature of $(stat -c %s signature) bytes"

# SwiftBench, without compiling TokenCSP once more: of what scripts/install made the command of.
built=$root/.build-install/command/release
if [ -e "$built/Modules/TokenCSP.swiftmodule" ]; then
    read -ra libraries <<<"$(pkg-config --cflags --libs p11-kit-1 hogweed nettle) -lgmp"
    swiftc -O -wmo -swift-version 6 -warnings-as-errors -static-stdlib -parse-as-library -I "$built/Modules" \
        -Xcc "-fmodule-map-file=$root/Sources/CPKCS11/module.modulemap" \
        -Xcc "-fmodule-map-file=$root/Sources/CNettle/module.modulemap" \
        "$root"/Benchmarks/Sources/SwiftBench/*.swift "$built"/{TokenCSP,PKCS11,Logging}.build/*.o "${libraries[@]}" \
        -o programs/SwiftBench
else
    say "bench.sh: without .build-install the Swift API is not measured"
fi

# bench GROUPS [OPTION…]: leaves the table in `table`, with a row for each ROW expected.
bench() { python3 "$root/Benchmarks/Runner/main.py" --quick --only "$@" >table; }
rows() { grep -c '^| [a-zA-Z]' table; }

bench sign,generate
[ "$(rows)" -ge 10 ] || fail "$(rows) rows: $(cat table)"
if grep -vE '^\|( [^|]+ \|){6}$' table; then fail "a row has not six cells"; fi
grep -E '^\| sign, P-256, 8 threads \| C ABI [0-9.]+ [mµn]s ' table >/dev/null || fail "no P-256 signatures: $(cat table)"

bench allocations --record
if grep '\*\*no\*\*' table; then fail "more than two allocations a signature"; fi
bench allocations --check || fail "--check finds the run worse than itself"
sed -i -E 's/: [0-9.]+/: 0.5/' baseline.json
if bench allocations --check 2>worse; then fail "--check does not see four times as many allocations"; fi
grep -q 'worse by more than 15 %: allocations a signature: C ABI: 2, recorded 0.5' worse || fail "--check says: $(cat worse)"
if bench nothing 2>worse || [ $? != 64 ]; then fail "--only takes an unknown group"; fi
echo "bench.sh: $(rows) rows"
