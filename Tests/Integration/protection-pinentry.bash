#!/usr/bin/env bash
# A pinentry that nobody sees, for the protection-*.sh, pin-*.sh and silence.sh: it is copied into a folder, which tells it
# what to answer and has its log.
#   pin      the right PIN
#   answers  words; a question takes the first, and the last one stays: right (the PIN, or yes), cancel, pin=VALUE,
#            sleep=SECONDS (and then right), sleep-cancel=SECONDS, die, silence
#   log      a line for each question: GETPIN or CONFIRM, the description, the error that was shown with it; OVERLAP where
#            another question was open
#   process  the number of the one that asks
here=${0%/*}
error='' description=''

next_answer() {
    local words
    read -r -a words <"$here/answers"
    answer=${words[0]}
    [ ${#words[@]} -lt 2 ] || printf '%s\n' "${words[*]:1}" >"$here/answers"
}

wait_for() { # wait_for SECONDS: an open question. The child does not keep our conversation open when we are killed.
    : >"$here/open"
    sleep "$1" <&- >&- 2>&-
    rm -f "$here/open"
}

ask() { # ask COMMAND
    printf '%s\t%s\t%s\n' "$1" "$description" "$error" >>"$here/log"
    error=''
    echo $$ >"$here/process"
    [ ! -e "$here/open" ] || echo OVERLAP >>"$here/log"
    next_answer
    case $answer in
    sleep=*) wait_for "${answer#*=}"; answer=right ;;
    sleep-cancel=*) wait_for "${answer#*=}"; answer=cancel ;;
    esac
    case $answer in
    cancel) echo "ERR 83886179 Operation cancelled <Pinentry>"; return ;;
    die) exit 1 ;;
    silence) wait_for 100; exit 1 ;;
    right) [ "$1" = CONFIRM ] || echo "D $(<"$here/pin")" ;;
    pin=*) [ "$1" = CONFIRM ] || echo "D ${answer#*=}" ;;
    esac
    echo OK
}

echo "OK Pleased to meet you"
while read -r command text; do
    case $command in
    SETDESC) description=$text; echo OK ;;
    SETERROR) error=$text; echo OK ;;
    GETPIN | CONFIRM) ask "$command" ;;
    BYE) echo OK; exit 0 ;;
    *) echo OK ;;
    esac
done
