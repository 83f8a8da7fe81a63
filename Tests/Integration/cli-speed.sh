#!/usr/bin/env bash
# Usage: Tests/Integration/cli-speed.sh [ROUNDS]
#
# How long `tokencsp key list` takes, beside `pkcs11-tool -O` on the same SoftHSM token: of 3 keys at most 1.3 times as
# long; of 1,000 pairs at most a third where pkcs11-tool shows both halves too, which takes a login there, and at most 0.45
# where it shows the public halves alone. (More than half of our time is then SoftHSM's own start, which reads 2,000
# files for either.) It is the processor's time that is compared, as medians of runs by turns: what else the machine does
# falls on both, and hardly on that. Where the limit is missed, all is measured anew, twice.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"
if [ "${1:-}" = --help ]; then help; fi
rounds=${1:-15}

for name in one two three; do run 0 key generate --container "$name" --bits 1024; done

# As one process each: SoftHSM reads every token of its folder.
mkdir -m 700 many
# shellcheck disable=SC2046
"${CC:-cc}" -Wall -Wextra -Werror $(pkg-config --cflags p11-kit-1) "$root/Tests/Integration/cli-speed.c" -o make-keys -ldl
(
    eval "$("$root/scripts/softhsm-token" "$work/many" 2>/dev/null)"
    PIN=$(cat many/demo.pin) ./make-keys "$softhsm_module" demo 1000
)

cat >measure.py <<'END'
"""measure.py ROUNDS LIMIT: both commands by turns; the ratio of the medians is at most LIMIT."""
import os, resource, statistics, subprocess, sys

rounds, limit = int(sys.argv[1]), float(sys.argv[2])
commands = [
    ["tokencsp", "key", "list"],
    ["pkcs11-tool", "--module", os.environ["MODULE"], "--token-label", "demo", "-O"] + sys.argv[3:],
]
times = [[], []]

def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

for turn in range(rounds + 1):
    for command, taken in zip(commands, times):
        started = used()
        subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if turn: taken.append((used() - started) * 1000)
ours, theirs = map(statistics.median, times)
print(f"tokencsp {ours:.1f} ms, pkcs11-tool {theirs:.1f} ms: {ours / theirs:.2f} (at most {limit})")
sys.exit(0 if ours <= limit * theirs else 1)
END

# within LIMIT WHAT [OPTION…]: pkcs11-tool with the options.
within() {
    local try limit=$1 what=$2
    shift 2
    for try in 1 2 3; do
        if MODULE=$softhsm_module python3 measure.py "$rounds" "$limit" "$@" >measured; then
            say "$what: $(cat measured)"
            return
        fi
        say "$what, try $try: $(cat measured)"
    done
    fail "$what: too slow"
}
# The debug build is not what is promised.
case $(command -v tokencsp) in
*/debug/*) say "cli-speed.sh: a debug build is not measured"; exit 0 ;;
esac
within 1.3 '3 keys'
eval "$("$root/scripts/softhsm-token" "$work/many" 2>/dev/null)"
run 0 key list
[ "$(grep -c ' another tool ' out)" = 1000 ] || fail "$(wc -l <out) lines, not 1,000 keys"
PIN=$(cat many/demo.pin) within 0.334 '1,000 pairs' --login --pin env:PIN
within 0.45 '1,000 public keys'
