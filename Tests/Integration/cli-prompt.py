"""The dialogues of cli-prompt.sh: each runs `tokencsp` on a pseudo-terminal of its own."""

import fcntl, os, pty, re, select, signal, struct, subprocess, sys, termios, time

PIN = os.environ.pop("DEMO_PIN")
MODULE = os.environ.pop("MODULE_URI")


def dialogue(arguments, *turns, status=0, secrets=(PIN,), stdin=None, columns=80):
    """Runs a command and plays the turns: (what must be asked, what is answered). A turn that never comes, a question
    too many, another exit status (negative: a signal) or a secret on the screen is a failure. Answers what was shown."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        if stdin is not None:
            os.dup2(os.open(stdin, os.O_RDONLY), 0)
        os.execvp("tokencsp", ["tokencsp", *arguments])
    shown, answered, asked = "", 0, list(turns)
    deadline = time.monotonic() + 60
    while True:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            problem(arguments, f"waits, for {asked[:1]}", shown)
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece.decode()
        if asked and asked[0][0] in shown[answered:]:
            echoes = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
            question, answer = asked.pop(0)
            if "PIN" in question and echoes:
                problem(arguments, "asks for a PIN with the echo on", shown)
            answered = len(shown)
            os.write(terminal, answer.encode())
    try:
        if not termios.tcgetattr(terminal)[3] & termios.ECHO:
            problem(arguments, "leaves the echo off", shown)
    except termios.error:
        pass  # Linux forgets the settings with the last user.
    os.close(terminal)
    found = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if asked:
        problem(arguments, f"never asked {asked}", shown)
    if found != status:
        problem(arguments, f"ended with {found}, not {status}", shown)
    for secret in secrets:
        if secret in shown:
            problem(arguments, "shows a PIN", shown)
    return shown.replace("\r\n", "\n")


def problem(arguments, what, shown):
    sys.exit(f"tokencsp {' '.join(arguments)}: {what}; shown:\n{shown}")


def expect(text, shown):
    if text not in shown:
        sys.exit(f"'{text}' is not in:\n{shown}")


def keys():
    return subprocess.run(["tokencsp", "key", "list"], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


SIGN = ["sign", "--container", "alice", "--in", "data", "--out", "data.sig"]
ASKS = "PIN for token \"demo\": "

# A PIN, asked for once and not shown.
dialogue(SIGN, (ASKS, PIN + "\n"))
dialogue(SIGN + ["--pin-source", "prompt"], (ASKS, PIN + "\n"))
dialogue(["key", "show", "--container", "alice"], (ASKS, PIN + "\n"))
dialogue(["key", "generate", "--container", "bob", "--bits", "1024", "--user-protected"], (ASKS, PIN + "\n"))
dialogue(["sign", "--container", "bob", "--in", "data", "--out", "bob.sig"], (ASKS, PIN + "\n"))

# Standard input carries the data, standard output the signature: the question goes to the terminal itself.
dialogue(["sign", "--container", "alice", "--out", "data.sig"], (ASKS, PIN + "\n"), stdin="data")

# Wrong: three entries, of which the same one is sent once. Empty, overlong, none: one question each. An interrupt ends
# the command, the echo comes back.
shown = dialogue(SIGN, *[(ASKS, "wrong-pin\n")] * 3, status=4, secrets=("wrong-pin",))
expect("Wrong PIN.\nA wrong PIN was entered before: fewer tries are left.\nPIN for token", shown)
expect("it was not sent again", shown)
expect("SCARD_W_WRONG_CHV", shown)
dialogue(SIGN, (ASKS, "wrong-pin\n"), (ASKS, PIN + "\n"), secrets=("wrong-pin", PIN))
expect("an empty PIN", dialogue(SIGN, (ASKS, "\n"), status=7))
expect("1024", dialogue(SIGN, (ASKS, "9" * 2000 + "\n"), status=4, secrets=("99999",)))
expect("no answer", dialogue(SIGN, (ASKS, "\x04"), status=7))
dialogue(SIGN, (ASKS, "\x03"), status=-signal.SIGINT)
dialogue(SIGN, (ASKS, "\x1c"), status=-signal.SIGQUIT)
dialogue(SIGN, (ASKS, PIN + "\n"))

# What needs no PIN asks nothing.
for command in ("key list", "container list", "token list", "key export-public --container alice", "explain",
                "verify --container alice --in data --signature data.sig"):
    dialogue(command.split())

# Bytes do not go to a terminal.
expect("--out", dialogue(["sign", "--container", "alice", "--in", "data"], status=7))
expect("--out", dialogue(["key", "export-public", "--container", "alice", "--format", "der"], status=7))

# Destroying needs a yes.
DELETE = ["key", "delete", "--container", "bob", "--spec", "signature"]
for answer in ("\n", "n\n", "no\n", "x\n", "\x04"):
    dialogue(DELETE, ("[y/N] ", answer), status=7)
expect("bob", keys())
expect('the 1024-bit signature key of container "bob"', dialogue(DELETE, ("[y/N] ", "y\n"), (ASKS, PIN + "\n")))
if "bob" in keys():
    sys.exit("bob is not deleted")
dialogue(["container", "delete", "bob"], ("[y/N] ", "yes\n"))

# A new PIN is asked for twice, and nothing changes where the two differ.
CHANGE = ["token", "change-pin"]
NEW = "new-pin-47"
PRESENT, ASKS_NEW, ASKS_AGAIN = (text + " for token \"demo\"" + end for text, end in
                                 (("Present PIN", ": "), ("New PIN", ": "), ("New PIN", ", again: ")))
shown = dialogue(CHANGE, (PRESENT, PIN + "\n"), *[(ASKS_NEW, NEW + "\n"), (ASKS_AGAIN, "other\n")] * 3, status=4,
                 secrets=(PIN, NEW, "other\n"))
expect("differ", shown)
dialogue(SIGN, (ASKS, PIN + "\n"))
dialogue(CHANGE, (PRESENT, PIN + "\n"), (ASKS_NEW, NEW + "\n"),
         (ASKS_AGAIN, NEW + "\n"), secrets=(PIN, NEW))
dialogue(SIGN, (ASKS, PIN + "\n"), (ASKS, "\x04"), status=7)
dialogue(SIGN, (ASKS, NEW + "\n"), secrets=(NEW,))
dialogue(CHANGE + ["--new-pin-source", "file:token/demo.pin"], (PRESENT, NEW + "\n"), secrets=(PIN, NEW))
dialogue(SIGN, (ASKS, PIN + "\n"))

# A locked PIN is known before anything is asked. The last try is for an entry, whatever the URI's source.
LOCKED = f"pkcs11:token=demo?module-path={os.getcwd()}/locked.so&pin-source=file:token/demo.pin"
KEEP = CHANGE + ["--token", LOCKED, "--new-pin-source", "file:token/demo.pin"]
os.environ["LOCKED_MODULE"] = "locked"
expect("the PIN is locked", dialogue(CHANGE + ["--token", LOCKED.split("&")[0]], status=5))
os.environ["LOCKED_MODULE"] = "final"
dialogue(KEEP, (PRESENT, PIN + "\n"))
del os.environ["LOCKED_MODULE"]

# Destroying asks only where it may, and says why not.
os.environ["TOKENCSP_INTERACTION"] = "none"
expect("interaction = none", dialogue(["container", "delete", "alice"], status=7))
del os.environ["TOKENCSP_INTERACTION"]

# A token made in dialogue. Of a PIN's length it complains at once.
INIT = ["token", "init", "--label", "made", "--token", MODULE]
dialogue(INIT, ("New security officer's PIN for token \"made\": ", "so\n"),
         ("New security officer's PIN for token \"made\": ", "so-1234\n"), ("again: ", "so-1234\n"), ("New PIN for token \"made\": ", "user-1234\n"),
         ("again: ", "user-1234\n"), secrets=("so-1234", "user-1234"))
MADE = MODULE.replace("pkcs11:", "pkcs11:token=made")
dialogue(["key", "generate", "--container", "carol", "--bits", "1024", "--token", MADE],
         ("PIN for token \"made\": ", "user-1234\n"), secrets=("user-1234",))
AGAIN = ["token", "init", "--label", "again", "--reinitialize", "--token", MADE]
expect('token "made"', dialogue(AGAIN, ("[y/N] ", "n\n"), status=7))
dialogue(AGAIN, ("[y/N] ", "y\n"), ("Security officer's PIN for token \"made\": ", "so-1234\n"), ("New PIN for token \"again\": ", "user-5678\n"),
         ("again: ", "user-5678\n"), secrets=("so-1234", "user-5678"))

# Tables keep within the terminal, whatever its width, and are whole without one.
for columns in (72, 80, 100, 132):
    for command in (["key", "list"], ["key", "show", "--container", "alice"], ["token", "list"], ["explain"]):
        turns = [(ASKS, PIN + "\n")] if command[1:2] == ["show"] else []
        table = dialogue(command, *turns, columns=columns)
        for line in table.splitlines():
            if re.match(r"CKA_|ATTRIBUTE|CONTAINER|alice|LABEL|demo", line) and len(line) > columns:
                sys.exit(f"wider than {columns} columns: {line}")
