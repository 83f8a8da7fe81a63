#!/usr/bin/env bash
# Usage: Tests/Integration/prompt-gtk.sh
#
# The dialog of pinentry-gtk-2, on a display of Xvfb's, typed into by xdotool: what it is told to say, and what comes of a
# right PIN, a wrong one, a cancel, a yes, a no, no answer and a signal. No terminal is there.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prompt-common.bash"
if [ "${1:-}" = --help ]; then help; fi

# Without a reset after each client, during which it takes no other.
Xvfb -displayfd 3 -screen 0 900x420x24 -nolisten tcp -noreset 3>display >/dev/null 2>&1 &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for ((turn = 0; turn < 200; turn++)); do
    [ ! -s display ] || break
    sleep 0.1
done
DISPLAY=:$(cat display)
export DISPLAY
# Between us and the dialog: keeps what is said to it.
printf '%s\n' '#!/bin/bash' 'tee -a told | pinentry-gtk-2 "$@"' >pinentry-told
chmod +x pinentry-told
printf '%s\n' "pinentry = $work/pinentry-told" 'prompt-timeout = 60' >told.conf
printf '%s\n' 'pinentry = pinentry-gtk-2' 'prompt-timeout = 60' >gtk.conf
printf '%s\n' 'pinentry = pinentry-gtk-2' 'prompt-timeout = 2' >brief.conf

# play COMMAND…: runs it without a terminal. It is process $job.
play() {
    : >told
    TOKENCSP_LOG=debug TOKENCSP_CONFIG=${config:-told.conf} setsid timeout 60 "$@" </dev/null >said 2>log &
    job=$!
}

window() { xdotool search --onlyvisible --name '^TokenCSP$' 2>/dev/null || true; }

# asks TEXT…: a window is there, soon, that was told each of these; it is not the one before.
asks() {
    local turn text
    for ((turn = 0; turn < 200; turn++)); do
        dialog=$(pgrep -s "$job" -x pinentry-gtk-2) || true
        if [ -n "$dialog" ] && [ "$dialog" != "${before:-}" ] && [ -n "$(window)" ]; then break; fi
        dialog=''
        sleep 0.1
    done
    [ -n "$dialog" ] || fail "no window; said: $(cat said log)"
    before=$dialog
    # It has the keyboard when it is drawn.
    sleep 0.3
    for text in "$@"; do grep -qF -- "$text" told || fail "it was not told '$text', but: $(cat told)"; done
}

answers() {
    if [ -n "${1:-}" ]; then xdotool type --delay 20 "$1"; fi
    xdotool key "$2"
}

# ends STATUS TEXT…: the job does, having said these in this order, and no window is left.
ends() {
    local status=0
    wait "$job" || status=$?
    [ "$status" = "$1" ] || fail "it ended with $status, not $1: $(cat said log)"
    shift
    [ "$(tr '\n' ' ' <said)" = "${*:+$* }" ] || fail "it said: $(cat said log), not: $*"
    [ -z "$(window)" ] || fail "its window is still there"
}

# The command, automatically by a dialog: the text; a wrong PIN; the right one.
play tokencsp sign --container alice --in data --out data.sig
asks 'SETTITLE TokenCSP' 'SETDESC Program "tokencsp" (process ' \
    'wants to sign with the signature key of container "alice".%0AToken: demo (serial ' 'SETPROMPT PIN:' 'SETTIMEOUT 60'
answers wrong-pin Return
asks 'A wrong PIN was entered before: fewer tries are left.' 'SETERROR Wrong PIN.'
answers "$pin" Return
ends 0
TOKENCSP_INTERACTION=none run 0 verify --container alice --in data --signature data.sig

# A C program: cancel, and the next use works.
play ./prompt-program twice alice
asks 'SETDESC Program "prompt-program" (process '
answers half Escape
asks
answers "$pin" Return
ends 0 'CryptSignHash: 0x8010006E' signed

# A key that asks at each use: the PIN, a yes, a no.
play ./prompt-program thrice consent
asks 'container "consent". This key asks at each use.'
answers "$pin" Return
asks 'SETOK _Allow' 'SETCANCEL _Refuse' CONFIRM
answers '' alt+a
asks
# The no is what Return gives.
answers '' Return
ends 0 signed signed 'CryptSignHash: 0x8010006E'

# No answer; a signal: the window goes with the program.
config=brief.conf play ./prompt-program sign alice
asks
xdotool type half
ends 0 'CryptSignHash: 0x000005B4'
config=gtk.conf play ./prompt-program sign alice
asks
kill -TERM "$(pgrep -P "$job")"
ends 143
config=gtk.conf play ./prompt-program handler alice
asks
kill -TERM "$(pgrep -P "$job")"
asks
answers "$pin" Return
ends 0 handled 'CryptSignHash: 0x8010006E' signed

# Silence and refusal show no window.
play ./prompt-program silent alice
ends 0 'CryptSignHash: 0x80090022'
play env TOKENCSP_INTERACTION=none ./prompt-program sign alice
ends 0 'CryptSignHash: 0x8010006F'
play env TOKENCSP_INTERACTION=terminal ./prompt-program sign alice
ends 0 'CryptSignHash: 0x8010006F'
