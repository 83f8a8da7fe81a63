"""The cases of pin-memory.sh: each process stops when it needs its PIN no more, is looked into, and is ended with a core."""

import fcntl, os, pathlib, pty, resource, secrets, select, shutil, signal, string, subprocess, sys, termios, threading, time

WORK = pathlib.Path.cwd()
MODULE = os.environ.pop("MODULE")
CONFIGURATION = pathlib.Path(os.environ.pop("CONFIGURATION")).read_text()
ASKS, NEW, AGAIN, PRESENT, SO, NEW_SO = (
    words + ' for token "memory"' for words in
    ("PIN", "New PIN", "New PIN", "Present PIN", "Security officer's PIN", "New security officer's PIN"))


def make_secret(name):
    """A PIN that stands nowhere by chance, with characters that are encoded in a URI and by Assuan."""
    signs = [secrets.choice(string.ascii_letters + string.digits) for _ in range(24)]
    signs[7], signs[15] = "%", "/"
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, "".join(signs).encode())
    os.close(descriptor)
    return "".join(signs)


PIN, OTHER, OFFICER, WRONG = (make_secret(name) for name in ("pin", "other", "officer", "wrong"))
(WORK / "secrets").write_text("\n".join((PIN, OTHER, OFFICER, WRONG)))
(WORK / "data").write_text("data")
(WORK / "long").write_text(PIN * 60)
(WORK / "cores").mkdir()

# A command and a pinentry that tell who could read what: arguments and environment, their own and of who started them.
SPY = f"""#!/bin/bash
cat /proc/$$/cmdline /proc/$$/environ /proc/$PPID/cmdline /proc/$PPID/environ >>{WORK}/seen
"""
for name, work in (("pinentry", f'exec -a {WORK}/pinentry bash {WORK}/answer "$@"'), ("give", f'exec cat "{WORK}/$1"')):
    (WORK / name).write_text(SPY + work + "\n")
    (WORK / name).chmod(0o700)


TIMES = os.environ.get("TIMES")


class Problem(Exception):
    pass


def watch_arguments(stop, seen):
    """What `ps` shows, again and again."""
    while not stop.wait(0.05):
        for process in os.listdir("/proc"):
            if process.isdigit():
                try:
                    seen.add(pathlib.Path(f"/proc/{process}/cmdline").read_bytes())
                except OSError:
                    pass


def search(*places):
    """What is found of any secret; the program is trusted to find because of the case `planted`."""
    done = subprocess.run([WORK / "pin-search", WORK / "secrets", *places], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise Problem("the search failed: " + done.stdout + done.stderr)
    return done.stdout if done.returncode else ""


def uri(source=None, module=MODULE):
    return f"pkcs11:token=memory?module-path={module}" + (f"&pin-source={source}" if source else "")


def token(name):
    """A folder with the token; a case that changes the PIN has a copy of its own."""
    folder = WORK / name
    if name == "token-first":
        (folder / "tokens").mkdir(parents=True)
    else:
        shutil.copytree(WORK / "token-first", folder)
    configuration = CONFIGURATION
    for mark, value in ("TOKENDIR", folder / "tokens"), ("MECHANISMS", "ALL"), ("RESET_ON_FORK", "false"):
        configuration = configuration.replace(f"@{mark}@", str(value))
    (folder / "softhsm2.conf").write_text(configuration)
    return folder / "softhsm2.conf"


def assuan(pin):
    return "pin=" + pin.replace("%", "%25")


class Case:
    """A process and what is to be found in it.

    arguments: of pin-memory, or of tokencsp where the first is "tokencsp"; answers: of the pinentry; turns: a
    dialogue on a terminal; fault: rules of the fault module; finds: it must be found, the first time it stops (held), then only and not in a core (dumped), or always.
    """

    def __init__(self, *arguments, source=None, answers=None, turns=None, fault=None, changes=False, status=0, finds=None,
                 **environment):
        self.arguments, self.turns, self.status, self.finds = list(arguments), list(turns or ()), status, finds
        self.answers, self.changes, self.terminal = answers, changes, turns is not None
        module = WORK / "fault.so" if fault else MODULE
        self.environment = dict(os.environ, TOKENCSP_TOKEN=uri(source, module), TOKENCSP_LOG="trace", **environment)
        kind = "terminal" if self.terminal else "pinentry" if answers else "none"
        if "prompt" not in arguments and "pinentry" not in arguments:
            self.environment["TOKENCSP_INTERACTION"] = kind
        if answers:
            self.environment["DISPLAY"] = ":none"
            self.environment["PATH"] = f"{WORK}:" + self.environment["PATH"]
        if fault:
            self.environment["FAULT_RULES"] = fault
        if self.is_command:
            self.environment["LD_PRELOAD"] = str(WORK / "pin-stop.so")

    @property
    def is_command(self):
        return self.arguments[0] == "tokencsp"

    def run(self, name, dumps):
        self.environment["SOFTHSM2_CONF"] = str(token(f"token-{name}") if self.changes else WORK / "token-first/softhsm2.conf")
        if self.answers:
            (WORK / "answers").write_text(" ".join(self.answers) + "\n")
            (WORK / "log").write_text("")
        # fd:37 is a file.
        descriptors = []
        for argument in [*self.arguments, self.environment["TOKENCSP_TOKEN"]]:
            if argument.endswith("fd:37"):
                opened = os.open("pin", os.O_RDONLY)
                os.dup2(opened, 37)
                os.close(opened)
                descriptors.append(37)
        log = open(WORK / "transcript", "ab")
        before = log.tell()
        master, slave = pty.openpty() if self.terminal else (None, subprocess.DEVNULL)

        def prepare():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY) if dumps else (0, 0))
            if self.terminal:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        program = [] if self.is_command else [WORK / "pin-memory"]
        process = subprocess.Popen(
            [*program, *self.arguments], stdin=slave, stdout=log, stderr=log, cwd=WORK / "cores", env=self.environment,
            pass_fds=descriptors, start_new_session=True, preexec_fn=prepare)
        for descriptor in descriptors:
            os.close(descriptor)
        try:
            self.play(process, master, log)
            found = search(str(process.pid))
            if self.finds in ("held", "dumped"):
                self.expect(found, "while the context is there")
            if self.finds == "dumped":
                found = ""
            elif self.finds == "held":
                os.kill(process.pid, signal.SIGCONT)
                self.play(process, master, log)
                found = search(str(process.pid))
            self.expect_as_planned(found, "in memory")
            if dumps:
                os.kill(process.pid, signal.SIGABRT)
                os.kill(process.pid, signal.SIGCONT)
                status = os.waitpid(process.pid, 0)[1]
                process.returncode = os.waitstatus_to_exitcode(status)
                cores = [str(path) for path in (WORK / "cores").glob("core*")]
                if not cores:
                    raise Problem("no core was written")
                found = search(*cores)
                for core in cores:
                    os.unlink(core)
                self.expect_as_planned(found, "in the core")
            elif self.is_command:
                os.kill(process.pid, signal.SIGCONT)
                process.wait(20)
            end = f"pin-stop: ends with {self.status}\n"
            said = (WORK / "transcript").read_bytes()[before:].decode(errors="replace")
            if self.is_command and end not in said:
                raise Problem(f"did not end with {self.status}:\n{said}")
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            if self.terminal:
                os.close(slave)
                os.close(master)
            log.close()
        if self.answers:
            asked = (WORK / "log").read_bytes()
            with open(WORK / "transcript", "ab") as log:
                log.write(asked)
            if not asked:
                raise Problem("the pinentry was not asked")
        if self.turns:
            raise Problem(f"never asked {self.turns}")

    def play(self, process, master, log):
        """Answers on the terminal until the process stops."""
        shown, deadline = "", time.monotonic() + 30
        while True:
            number, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
            if number and os.WIFSTOPPED(status):
                return
            if number:
                process.returncode = os.waitstatus_to_exitcode(status)
                raise Problem(f"ended with {process.returncode} and did not stop")
            if time.monotonic() > deadline:
                raise Problem(f"waits; shown: {shown}")
            if master is None or not select.select([master], [], [], 0.01)[0]:
                time.sleep(0.005)
                continue
            piece = os.read(master, 65536)
            log.write(piece)
            log.flush()
            shown += piece.decode()
            if self.turns and self.turns[0][0] in shown:
                os.write(master, self.turns.pop(0)[1].encode() + b"\n")
                shown = ""

    def expect(self, found, where):
        if not found:
            raise Problem(f"is not found {where}: the search is blind")

    def expect_as_planned(self, found, where):
        if self.finds == "planted":
            for encoding in ("UTF-8", "UTF-16", "hexadecimal", "percent-encoded"):
                self.expect(found if encoding in found else "", f"{where}, {encoding}")
        elif self.finds == "always":
            self.expect(found, where)
        elif found:
            raise Problem(f"is found {where}:\n{found}")


def command(*arguments, **options):
    return Case("tokencsp", *arguments, **options)


GIVE = f"command:{WORK}/give pin"
P, O, W, S = (str(WORK / name) for name in ("pin", "other", "wrong", "officer"))
ENTERS, ENTERS_WRONG = (ASKS, PIN), (ASKS, WRONG)
ENTERS_NEW = [(NEW, OTHER), (AGAIN, OTHER)]
DATA = ["--in", str(WORK / "data"), "--out", str(WORK / "data.sig"), "--container"]

CASES = {
    # The search sees what is there.
    "planted": Case("planted", "alice", P, finds="planted"),
    "held": Case("held", "alice", P, finds="held"),
    "held-dumped": Case("held", "alice", P, finds="dumped"),
    "command-planted": command("token", "list", PIN_STOP_PLANTS=P, finds="always"),
    # The program's own.
    "set": Case("set", "alice", P),
    "set-unused": Case("set-unused", "alice", P),
    "set-twice": Case("set-twice", "alice", P, W),
    "set-wrong": Case("set-wrong", "alice", W),
    "set-consent": Case("set-each", "protected", P),
    "set-high": Case("set-each", "high", P),
    "unblock": Case("unblock", "alice", O, S, fault="flags 0 8", changes=True),
    "unblock-wrong": Case("unblock-wrong", "alice", O, W, fault="flags 0 8"),
    "unblock-unused": Case("unblock-unused", "alice", O, S),
    "generate": Case("generate", "alice", P, changes=True),
    "callback": Case("callback", "alice", P),
    "callback-consent": Case("callback", "protected", P),
    "callback-high": Case("callback", "high", P),
    "callback-wrong": Case("callback-wrong", "alice", W),
    "expired": Case("expired", "alice", P, O, fault="expired", changes=True),
    # Sources.
    "file": Case("asked", "alice", source="file:" + P),
    "file-wrong": Case("asked-wrong", "alice", source="file:" + W),
    "file-long": Case("asked-unusable", "alice", source=f"file:{WORK}/long"),
    "fd": Case("asked", "alice", source="fd:37"),
    "command": Case("asked", "alice", source=f"%7C{WORK}/give%20pin"),
    "command-fails": Case("asked-unusable", "alice", source=f"%7C{WORK}/give%20pin%3B%20false"),
    "credential": Case("asked", "alice", source="credential:pin", CREDENTIALS_DIRECTORY=str(WORK)),
    "registered": Case("registered", "alice", P, source="known-by-name"),
    # People.
    "pinentry": Case("asked", "alice", answers=[assuan(PIN)]),
    "pinentry-wrong": Case("asked-wrong", "alice", answers=[assuan(WRONG)] * 3),
    "pinentry-wrong-cancel": Case("asked-cancelled", "alice", answers=[assuan(WRONG), "cancel"]),
    "pinentry-rubbish": Case("asked-unusable", "alice", answers=[assuan(PIN) + "%zz"]),
    "pinentry-consent": Case("asked-twice", "protected", answers=[assuan(PIN), "right"]),
    "pinentry-high": Case("asked-twice", "high", answers=[assuan(PIN)]),
    "pinentry-expired": Case("asked", "alice", answers=[assuan(PIN), assuan(OTHER)], fault="expired", changes=True),
    "pinentry-threads": Case("threads", "alice", answers=[assuan(PIN)]),
    "terminal": Case("asked", "alice", turns=[ENTERS]),
    "terminal-wrong": Case("asked-wrong", "alice", turns=[ENTERS_WRONG] * 3),
    "terminal-wrong-cancel": Case("asked-cancelled", "alice", turns=[ENTERS_WRONG, (ASKS, "\x04")]),
    "terminal-long": Case("asked-unusable", "alice", turns=[(ASKS, PIN * 60)]),
    "terminal-consent": Case("asked-twice", "protected", turns=[ENTERS, ("[y/N]", "y")]),
    "terminal-high": Case("asked-twice", "high", turns=[ENTERS] * 2),
    "terminal-expired": Case("asked", "alice", turns=[ENTERS, *ENTERS_NEW], fault="expired", changes=True),
    "terminal-differ": Case("asked-unusable", "alice", turns=[ENTERS, *[(NEW, OTHER), (AGAIN, WRONG)] * 3], fault="expired"),
    # The command.
    "command-file": command("sign", *DATA, "alice", "--pin-source", "file:" + P),
    "command-fd": command("sign", *DATA, "alice", "--pin-source", "fd:37", "--json"),
    "command-command": command("sign", *DATA, "alice", "--pin-source", GIVE),
    "command-wrong": command("sign", *DATA, "alice", "--pin-source", "file:" + W, status=4),
    "command-json": command("sign", *DATA, "alice", "--pin-source", "file:" + W, "--json", status=4),
    "command-prompt": command("sign", *DATA, "alice", "--pin-source", "prompt", turns=[ENTERS]),
    "command-high": command("sign", *DATA, "high", "--pin-source", "prompt", turns=[ENTERS]),
    "command-prompt-wrong": command(
        "sign", *DATA, "alice", "--pin-source", "prompt", turns=[ENTERS_WRONG] * 3, status=4),
    "command-pinentry": command("sign", *DATA, "alice", "--pin-source", "pinentry", answers=[assuan(PIN)]),
    "command-show": command("key", "show", "--container", "alice", "--json", turns=[ENTERS]),
    "command-expired": command("sign", *DATA, "alice", turns=[ENTERS, *ENTERS_NEW], fault="expired", changes=True),
    "command-unblock": command(
        "token", "unblock", "--so-pin-source", "file:" + S, "--new-pin-source", "file:" + O, "--json", changes=True),
    "command-unblock-prompt": command("token", "unblock", turns=[(SO, OFFICER), *ENTERS_NEW], changes=True),
    "command-unblock-wrong": command(
        "token", "unblock", "--so-pin-source", "file:" + W, "--new-pin-source", "file:" + O, "--json", changes=True,
        status=4),
    "command-change": command(
        "token", "change-pin", "--pin-source", "file:" + P, "--new-pin-source", "file:" + O, changes=True),
    "command-change-prompt": command("token", "change-pin", turns=[(PRESENT, PIN), *ENTERS_NEW], changes=True),
    "command-change-officer": command(
        "token", "change-so-pin", turns=[(SO, OFFICER), (NEW_SO, OTHER), (NEW_SO, OTHER)], changes=True),
    "command-init": command(
        "token", "init", "--label", "memory", "--reinitialize", "--yes", "--json",
        turns=[(SO, OFFICER), (NEW, OTHER), (AGAIN, OTHER)], changes=True),
}


def set_up():
    environment = dict(
        os.environ, SOFTHSM2_CONF=str(token("token-first")), TOKENCSP_TOKEN=f"pkcs11:?module-path={MODULE}",
        TOKENCSP_INTERACTION="none")
    subprocess.run(
        ["tokencsp", "token", "init", "--label", "memory", "--so-pin-source", "file:officer", "--pin-source", "file:pin"],
        env=environment, stdout=subprocess.DEVNULL, check=True, timeout=30)
    environment["TOKENCSP_TOKEN"] = uri()
    made = subprocess.run([WORK / "pin-memory", "make", "pin"], env=environment, timeout=30)
    if made.returncode:
        sys.exit("no keys were made")


def dumps_cores():
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith(("|", "/")) or not pattern.startswith("core"):
        print(f"pin-memory: no core dumps are looked into, for they go elsewhere (kernel.core_pattern = {pattern})")
        return False
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        print("pin-memory: no core dumps are looked into, for they are limited (ulimit -H -c)")
        return False
    return True


def main(names):
    started = time.monotonic()
    set_up()
    stop, arguments = threading.Event(), set()
    watcher = threading.Thread(target=watch_arguments, args=(stop, arguments))
    watcher.start()
    failed, dumps = [], dumps_cores()
    for name in names or CASES:
        begun = time.monotonic()
        try:
            CASES[name].run(name, dumps)
        except Problem as problem:
            failed.append(name)
            print(f"pin-memory: {name}: {problem}")
        if TIMES: print(name, round(time.monotonic() - begun, 2))
    stop.set()
    watcher.join()
    # `ps`, environments, and all that was written.
    (WORK / "arguments").write_bytes(b"\n".join(arguments))
    witnesses = ("arguments", b"pin-memory"), ("seen", b"pin-memory"), ("transcript", b"SCARD_W_WRONG_CHV")
    for file, witness in witnesses:
        if not names and witness not in (WORK / file).read_bytes():
            failed.append(f"{file} does not have what it should")
        found = search(file) if (WORK / file).exists() and (WORK / file).stat().st_size else ""
        if found:
            failed.append(f"{file}: {found}")
    print(f"pin-memory: {len(names or CASES)} cases, {time.monotonic() - started:.0f} s")
    if failed:
        print((WORK / "transcript").read_bytes().decode(errors="replace")[-4000:])
        sys.exit("pin-memory: failed: " + ", ".join(failed))


main(sys.argv[1:])
