"""cli-people-zsh.py FOLDER LINE: what zsh shows for LINE and Tab, with the functions of FOLDER, on a terminal of ours."""
import os
import pty
import select
import sys
import time

folder, line = sys.argv[1], sys.argv[2]
process, terminal = pty.fork()
if process == 0:
    os.environ.update(TERM="dumb", COLUMNS="400", LINES="50", PS1="> ")
    os.execvp("zsh", ["zsh", "-f", "-i"])


def read(seconds):
    """What comes until nothing does for a while."""
    text, end = b"", time.monotonic() + seconds
    while time.monotonic() < end and select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    return text.decode(errors="replace")


def send(text):
    os.write(terminal, text.encode())


read(2)
send(f"stty cols 400 rows 50; fpath=('{folder}' $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=0; echo rea''dy\n")
text, end = "", time.monotonic() + 15
while "ready\r" not in text and time.monotonic() < end:
    text += read(0.5)
send(line + "\t")
shown = read(3)
send("\t")
shown += read(2)
print(shown)
os.kill(process, 9)
os.waitpid(process, 0)
