#!/usr/bin/env bash
# Usage: Tests/Integration/public-api.sh
#
# The public API of the Swift modules, as the compiler tells it: no unsafe pointer, no C type, and the words of every
# function. Reads the modules that `swift build` has made.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
if [ "${1:-}" = --help ]; then help; fi

work=$(private_folder)
trap 'rm -rf "$work"' EXIT

swift build --package-path "$root" --target TokenCSP >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "no build"; }
modules=$(swift build --package-path "$root" --show-bin-path)/Modules
for module in TokenCSP PKCS11; do
    # shellcheck disable=SC2046
    swift symbolgraph-extract -module-name "$module" -I "$modules" -I "$root/Sources/CPKCS11" -I "$root/Sources/CNettle" \
        $(pkg-config --cflags-only-I p11-kit-1 | sed 's/-I/-Xcc -I/g') -target "$(uname -m)-unknown-linux-gnu" \
        -minimum-access-level public -skip-synthesized-members -output-dir "$work"
    python3 - "$work/$module.symbols.json" "$module" <<'PYTHON'
import json, re, sys

symbols = json.load(open(sys.argv[1]))["symbols"]
faults = []
for symbol in symbols:
    name = sys.argv[2] + "." + ".".join(symbol["pathComponents"])
    text = "".join(part["spelling"] for part in symbol.get("declarationFragments", []))
    if re.search(r"\bUnsafe|OpaquePointer|\bCK_|\bmpz_|\bnettle_", text):
        faults.append(f"{name}: {text}")
    # A function, an initializer or a type of TokenCSP is documented; those of a protocol speak for themselves.
    kind = symbol["kind"]["identifier"]
    is_plain = any(word in name for word in ("(rawValue:)", "==", "hash(into:)"))
    wants_words = kind in ("swift.func", "swift.method", "swift.type.method", "swift.class", "swift.struct", "swift.enum")
    if sys.argv[2] == "TokenCSP" and wants_words and not is_plain and "docComment" not in symbol:
        if "/Sources/TokenCSP/" in symbol.get("location", {}).get("uri", ""):
            faults.append(f"{name}: no documentation")
if len(symbols) < 100:
    faults.append(f"{sys.argv[2]} has {len(symbols)} public symbols: not the whole module")
print("\n".join(faults) or f"{sys.argv[2]}: {len(symbols)} public symbols")
sys.exit(bool(faults))
PYTHON
done
