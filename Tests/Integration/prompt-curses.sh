#!/usr/bin/env bash
# Usage: Tests/Integration/prompt-curses.sh
#
# The dialog of pinentry-curses, in tmux: what it says, and what comes of a right PIN, a wrong one, a cancel, a yes, a no,
# no answer, an interrupt and the dialog's death. The terminal is as it was afterwards.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prompt-common.bash"
if [ "${1:-}" = --help ]; then help; fi

tmux=(false) plays=0 before=''
trap '"${tmux[@]}" kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
printf '%s\n' 'interaction = pinentry' 'pinentry = pinentry-curses' 'prompt-timeout = 60' >curses.conf
printf '%s\n' 'interaction = pinentry' 'pinentry = pinentry-curses' 'prompt-timeout = 2' >brief.conf
printf '%s\n' 'pinentry = pinentry-gtk-2' >gtk.conf
cat >job <<'END'
trap : INT
stty -a >before
"$@"
echo $? >status.new
stty -a >after
mv status.new status
exec sleep 60
END

# play COMMAND…: runs it in a window of tmux, with a terminal of its own.
play() {
    "${tmux[@]}" kill-server 2>/dev/null || true
    plays=$((plays + 1))
    tmux=(tmux -S "$work/tmux$plays" -f /dev/null)
    rm -f status
    "${tmux[@]}" new-session -d -x 90 -y 30 bash job env "TOKENCSP_CONFIG=${config:-curses.conf}" "$@"
}

# Without frames and line ends.
screen() { "${tmux[@]}" capture-pane -p | tr -d '│┌┐└┘─' | tr -s ' \n_' ' '; }

# sees TEXT…: each is on the screen, soon.
sees() {
    local text turn
    for text in "$@"; do
        for ((turn = 0; turn < 200; turn++)); do
            [[ $(screen) != *"$text"* ]] || continue 2
            sleep 0.1
        done
        fail "'$text' is not on the screen: $(screen)"
    done
}

# asks TEXT…: a dialog that is not the one before, with each of these on it.
asks() {
    local terminal turn
    terminal=$("${tmux[@]}" display-message -p '#{pane_tty}')
    for ((turn = 0; turn < 200; turn++)); do
        dialog=$(pgrep -t "${terminal#/dev/}" '^pinentry') || true
        if [ -n "$dialog" ] && [ "$dialog" != "$before" ]; then break; fi
        sleep 0.1
    done
    [ -n "$dialog" ] && [ "$dialog" != "$before" ] || fail "no dialog; on the screen: $(screen)"
    before=$dialog
    sees '<' "$@"
}

types() { "${tmux[@]}" send-keys "$@"; }

# ends STATUS: the command does, soon, and the terminal is as before.
ends() {
    local turn
    for ((turn = 0; turn < 200; turn++)); do
        [ ! -e status ] || break
        sleep 0.1
    done
    [ -e status ] || fail "it does not end; on the screen: $(screen)"
    [ "$(cat status)" = "$1" ] || fail "it ended with $(cat status), not $1; on the screen: $(screen)"
    cmp -s before after || fail "the terminal is not as it was: $(diff before after)"
    [[ $(screen) != *"$pin"* ]] || fail "the PIN is on the screen"
}

sign=(tokencsp sign --container alice --in data --out data.sig)

# The command: the text, a wrong PIN, the right one.
play "${sign[@]}"
asks 'Program "tokencsp" (process ' 'wants to sign with the signature key of container "alice".' 'Token: demo (serial ' 'PIN:' \
    '<OK>' '<Cancel>'
[[ $(screen) != *"tries are left"* ]] || fail "tries are warned of: $(screen)"
types wrong-pin Enter
asks 'Wrong PIN.' 'A wrong PIN was entered before: fewer tries are left.'
types wrong-pin Enter
asks 'The token has rejected this PIN before; it was not sent again.'
types "$pin" Enter
ends 0
TOKENCSP_INTERACTION=none run 0 verify --container alice --in data --signature data.sig

# A key that asks at each use, of a C program: the PIN for the first, then a yes, and a no.
play ./prompt-program thrice consent
asks 'Program "prompt-program" (process ' 'container "consent". This key asks at each use.' 'PIN:'
types "$pin" Enter
asks '<Allow>' '<Refuse>' 'This key asks at each use.'
types Enter
asks '<Allow>' '<Refuse>'
types Tab Enter
ends 0
sees 'signed signed CryptSignHash: 0x8010006E'

# The program's own words.
play ./prompt-program words alice
asks 'The program says: "Pay 5 euros"'
types "$pin" Enter
ends 0

# Cancel, in the same process another use; nothing; no answer in time.
play ./prompt-program twice alice
asks '<Cancel>'
types Tab Tab Enter
asks 'wants to sign' '<OK>'
types "$pin" Enter
ends 0
sees 'CryptSignHash: 0x8010006E signed'
play "${sign[@]}"
asks '<OK>'
types Enter
ends 7
config=brief.conf play ./prompt-program sign alice
asks 'PIN:'
types half
ends 0
sees 'CryptSignHash: 0x000005B4'

# An interrupt ends dialog and command; a handler of the program's runs and the next use works.
play "${sign[@]}"
asks '<OK>'
types half C-c
ends 130
play ./prompt-program handler alice
asks '<OK>'
types half C-c
asks '<OK>'
types "$pin" Enter
ends 0
sees 'handled CryptSignHash: 0x8010006E' signed

# The dialog dies; the next one works.
play sh -c 'exec ./prompt-program twice alice >said'
asks '<OK>'
kill -9 "$dialog"
asks '<OK>'
types "$pin" Enter
ends 0
[ "$(tr '\n' ' ' <said)" = 'CryptSignHash: 0x8010006F signed ' ] || fail "said: $(cat said)"

# A display that cannot be reached: GTK's pinentry asks on the terminal by itself, and so does the library without one.
config=gtk.conf play env DISPLAY=:999 ./prompt-program sign alice
asks 'wants to sign with the signature key' '<OK>'
types "$pin" Enter
ends 0
