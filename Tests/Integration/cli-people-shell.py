"""cli-people-shell.py zsh|fish FILE LINE: what the shell shows for LINE and Tab, on a terminal of ours.

FILE is the installed completion."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

shell, path, line = sys.argv[1:4]
process, terminal = pty.fork()
if process == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 300, 0, 0))
    os.environ.update(TERM="xterm" if shell == "fish" else "dumb", PS1="> ")
    os.execvp(shell, {"zsh": ["zsh", "-f", "-i"], "fish": ["fish", "--no-config", "-i"]}[shell])


def read(seconds, until=None):
    """What comes until the text is there, or for that long."""
    text, end = "", time.monotonic() + seconds
    while time.monotonic() < end and (until is None or until not in text):
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                text += os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                break
    return text


def send(text):
    os.write(terminal, text.encode())


read(1)
if shell == "zsh":
    start = f"fpath=('{os.path.dirname(path)}' $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=0"
else:
    start = f"source '{path}'"
send(start + "; echo rea''dy\n")
read(15, until="ready\r")
read(0.5)
send(line + "\t")
shown = read(3)
send("\t")
shown += read(1.5)
print(shown)
os.kill(process, 9)
os.waitpid(process, 0)
