#!/usr/bin/env bash
# Usage: [POINTS=40] Tests/Integration/replace-points.sh [POINT…]
#
# replace-kill.sh by intent instead of chance: kills the process before its Nth call that changes a file, in turn at a
# random N in each of 40 equal parts of one key replacement (POINTS=all: at each N; POINT: at these). Each time the
# token is as it was before. What the next open leaves is the pair and nothing else that a program can see; dead files
# (the object is not to be seen, so it cannot be removed by PKCS#11) are SoftHSM's own, and counted.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$integration/stress-common.bash"
if [ "${1:-}" = --help ]; then help; fi

compile replace-kill
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC "$integration/replace-points.c" -o "$work/points.so"
cd "$work"
once() { LD_PRELOAD=$work/points.so KILL_AT=$1 ./replace-kill once alice >said.txt 2>>all.log; }

./replace-kill make alice >old.txt
cp -a token/tokens pristine
once 0 || fail "replace-kill once ended with $?"
total=$(sed -n 's/^points //p' said.txt)
echo "a replacement changes files $total times"
count=${POINTS:-40}
[ "$count" != all ] || count=$total
if [ $# -gt 0 ]; then
    points=("$@")
else
    points=()
    for ((part = 0; part < count; part++)); do
        from=$((part * total / count)) to=$(((part + 1) * total / count))
        points+=($((from + 1 + RANDOM % (to - from))))
    done
fi

old=0 new=0 whole=0 dead=0 wrong=0
complain() { echo "killed before change $point of $total: $*"; wrong=$((wrong + 1)); }
for point in "${points[@]}"; do
    rm -rf token/tokens
    cp -a pristine token/tokens
    # The shell's own "Killed" goes nowhere.
    if { once "$point"; } 2>/dev/null; then whole=$((whole + 1)); fi
    ./replace-kill check alice >found.txt 2>>all.log || complain "the container does not work"
    case $(cat found.txt) in
    "$(cat old.txt)") old=$((old + 1)) ;;
    key*) new=$((new + 1)) ;;
    *) complain "$(cat found.txt)" ;;
    esac
    found="$(objects privkey) $(objects pubkey) $(objects)"
    [ "$found" = "1 1 2" ] || complain "private keys, public keys, all objects: $found"
    files=$(token_files | grep -c '\.object$' || true)
    [ "$files" -eq 2 ] || dead=$((dead + 1))
    [ "$files" -le 3 ] || complain "$files object files"
done
echo "${#points[@]} kills: $old times the old key, $new times the new one, $whole times it had ended; $dead times a dead file"
[ "$wrong" -eq 0 ] || fail "$wrong times the container or the token was not right"
[ "$new" -gt 0 ] || [ $# -gt 0 ] || fail "never the new key: the kills do not reach the end"
