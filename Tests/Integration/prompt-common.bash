# Shared by the prompt-*.sh tests: sourced, never run. As cli-common.bash, and there are prompt-program in $work, a key
# "alice" that asks at its login, a key "consent" that asks at each use, and nobody but the tests' person to ask.
# shellcheck shell=bash disable=SC2034,SC2154
source "$(dirname "${BASH_SOURCE[0]}")/cli-common.bash"

unset DISPLAY WAYLAND_DISPLAY TOKENCSP_INTERACTION
# Where it is on, it catches SIGQUIT.
export SWIFT_BACKTRACE=enable=no
pkg-config --exists tokencsp || use_private_install
# shellcheck disable=SC2046
gcc -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Werror "$root/Tests/Integration/prompt-program.c" -o prompt-program \
    $(pkg-config --cflags --libs tokencsp) -pthread
TOKENCSP_INTERACTION=none run 0 key generate --container alice --bits 1024
TOKENCSP_INTERACTION=none run 0 key generate --container consent --bits 1024 --user-protected
printf data >data
echo 'prompt-timeout = 1' >brief.conf
export TOKENCSP_TOKEN=$demo_uri
