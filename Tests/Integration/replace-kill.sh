#!/usr/bin/env bash
# Usage: [KILLS=50] Tests/Integration/replace-kill.sh
#
# A process that replaces a container's key again and again is killed at a random moment, 50 times, a fifth of them
# during the container's first generation. After each the container opens with the old or the new key, which signs, and
# the token holds that pair, or nothing where there was no key yet, and no rest.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/abi-common.bash"
source "$integration/stress-common.bash"
if [ "${1:-}" = --help ]; then help; fi

kills=${KILLS:-50} first_kills=$((${KILLS:-50} / 5))
compile replace-kill
cd "$work"
./replace-kill make alice >key.txt
known=$(cat key.txt)

# How long a process takes from "ready" to the first key, and for the next one, in milliseconds.
now() { date +%s%3N; }
started=$(now)
timeout 20 ./replace-kill loop measure | { sed -u '/^key/q' >/dev/null; now >first; sed -u 10q >/dev/null; now >eleventh; } || true
first=$(($(cat first) - started)) each=$((($(cat eleventh) - $(cat first)) / 10 + 1))
./replace-kill delete measure
echo "from the start to the first key $first ms, each replacement $each ms"

# killed NAME AFTER DELAY: starts the loop, kills it DELAY ms after it said AFTER (a word), leaves what it said in said.txt.
killed() {
    : >said.txt
    ./replace-kill loop "$1" >>said.txt 2>loop.log &
    local process=$!
    until grep -q "$2" said.txt; do
        kill -0 "$process" 2>/dev/null || { cat said.txt loop.log >&2; fail "the loop ended by itself"; }
        sleep 0.002
    done
    sleep "$(printf '%d.%03d' $(($3 / 1000)) $(($3 % 1000)))"
    kill -9 "$process"
    wait "$process" 2>/dev/null || true
    cat loop.log >>all.log
}

# counted WHAT PRIVATE PUBLIC DATA: another tool sees so many objects.
counted() {
    local found
    found="$(objects privkey) $(objects pubkey) $(objects data)"
    [ "$found" = "$2 $3 $4" ] || fail "$1: private, public, data objects are $found, not $2 $3 $4"
    [ "$(objects)" -eq $(($2 + $3 + $4)) ] || fail "$1: there are other objects"
}

# No rest that is no object: a file of SoftHSM's own that a kill within C_GenerateKeyPair left, which nothing shows.
dead_files=0
count_files() { # count_files OBJECTS
    dead_files=$(($(token_files | grep -c '\.object$' || true) - $1))
    [ "$dead_files" -ge 0 ] || fail "fewer files than objects"
}

old=0 new=0
for ((number = 1; number <= kills - first_kills; number++)); do
    delay=$((RANDOM % each))
    killed alice key "$delay"
    ./replace-kill check alice >key.txt 2>>all.log || { cat key.txt loop.log >&2; fail "kill $number after $delay ms: the container does not work"; }
    found=$(cat key.txt)
    last=$(grep key said.txt | tail -1)
    # An older key than the last that was complete would be a key that came back.
    if [ "$found" = "$last" ]; then
        old=$((old + 1))
    elif [[ $found = key* ]] && ! grep -qxF "$found" said.txt && [ "$found" != "$known" ]; then
        new=$((new + 1))
    else
        fail "kill $number after $delay ms: '$found' is neither the old key '$last' nor a new one"
    fi
    known=$found
    counted "kill $number after $delay ms" 1 1 0
    count_files 2
done
echo "$((kills - first_kills)) kills during replacement: $old times the old key, $new times the new one; dead files of SoftHSM's: $dead_files"

absent=0 empty=0 complete=0
for ((number = 1; number <= first_kills; number++)); do
    delay=$((RANDOM % (first + each)))
    killed bob ready "$delay"
    ./replace-kill check bob >key.txt 2>>all.log || { cat key.txt loop.log >&2; fail "first key, kill $number after $delay ms: the container does not work"; }
    case $(cat key.txt) in
    absent) absent=$((absent + 1)) here=0 data=0 ;;
    empty) empty=$((empty + 1)) here=0 data=1 ;;
    *) complete=$((complete + 1)) here=1 data=0 ;;
    esac
    counted "first key, kill $number after $delay ms" $((1 + here)) $((1 + here)) $data
    ./replace-kill make bob >/dev/null 2>>all.log || fail "first key, kill $number after $delay ms: no key can be made"
    counted "first key, kill $number after $delay ms, then a new one" 2 2 0
    ./replace-kill delete bob
    counted "first key, kill $number after $delay ms, then deleted" 1 1 0
    count_files 2
done
echo "$first_kills kills during the first generation: $absent times no container, $empty times an empty one, $complete times" \
    "a complete key; dead files of SoftHSM's: $dead_files"
echo "repaired after a crash: $(grep -c 'after a crash' all.log || true) times"
./replace-kill delete alice
counted "at the end" 0 0 0
