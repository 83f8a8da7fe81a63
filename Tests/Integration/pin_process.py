"""A process of pin-memory.py that stops when it needs its PIN no more, is looked into, and is ended with a core dump."""

import fcntl, os, pathlib, pty, resource, secrets, select, shutil, signal, string, subprocess, termios, time

WORK = pathlib.Path.cwd()
MODULE = os.environ.pop("MODULE")
CONFIGURATION = pathlib.Path(os.environ.pop("CONFIGURATION")).read_text()


def make_secret(name):
    """A PIN that stands nowhere by chance, with characters that are encoded in a URI and by Assuan."""
    signs = [secrets.choice(string.ascii_letters + string.digits) for _ in range(24)]
    signs[7], signs[15] = "%", "/"
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, "".join(signs).encode())
    os.close(descriptor)
    return "".join(signs)


def make_key():
    """A key outside the token, in every form that is imported; its secret numbers, and some lines of its PEM."""
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem")
    openssl("pkcs8", "-topk8", "-in", "key.pem", "-out", "key.enc", "-passout", "file:passphrase")
    openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=memory", "-out", "key.crt")
    openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "key.crt", "-out", "key.p12", "-passout", "file:passphrase")
    openssl("rsa", "-in", "key.pem", "-outform", "MSBLOB", "-out", "key.blob")
    text, numbers, name = openssl("rsa", "-in", "key.pem", "-noout", "-text"), {}, ""
    for line in text.splitlines():
        if not line.startswith(" "):
            name = line.split(":")[0]
        else:
            numbers[name] = numbers.get(name, "") + line.strip().replace(":", "")
    # The lines in front of these hold the modulus and most of the private exponent: here are its end and the factors.
    lines = (WORK / "key.pem").read_text().split("\n")[12:16]
    secret = [numbers[name] for name in ("privateExponent", "prime1", "prime2", "exponent1", "exponent2", "coefficient")]
    return ["0x" + digits.removeprefix("00") for digits in secret] + lines


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True, timeout=60).stdout


PIN, OTHER, OFFICER, WRONG, PASSPHRASE = (
    make_secret(name) for name in ("pin", "other", "officer", "wrong", "passphrase"))
(WORK / "secrets").write_text("\n".join([PIN, OTHER, OFFICER, WRONG, PASSPHRASE, *make_key()]))
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


class Problem(Exception):
    pass


def search(*places):
    """What is found of any secret; the program is trusted to find because of the case `planted`."""
    done = subprocess.run([WORK / "pin-search", WORK / "secrets", *places], capture_output=True, text=True, timeout=60)
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

    arguments: of pin-memory, or of tokencsp where the first is "tokencsp"; answers: of the pinentry; turns: a dialogue
    on a terminal; fault: rules of the fault module; changes: it gets a token of its own; leaves_core: it does not forbid
    that, which pin-stop undoes. finds, what must be found: None: nothing; held: where it stops first, and nothing where
    it stops again; dumped: in memory and not in the core; always; planted: always and in each encoding.
    """

    def __init__(self, *arguments, source=None, answers=None, turns=None, fault=None, changes=False, status=0, finds=None,
                 leaves_core=True, **environment):
        self.arguments, self.turns, self.finds = list(arguments), list(turns or ()), finds
        self.answers, self.changes, self.terminal = answers, changes, turns is not None
        self.end = f"pin-stop: ends with {status}" + ("\n" if leaves_core else ", without a core\n")
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
        configuration = token(f"token-{name}") if self.changes else WORK / "token-first/softhsm2.conf"
        self.environment["SOFTHSM2_CONF"] = str(configuration)
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
            most = resource.RLIM_INFINITY if dumps else 0
            resource.setrlimit(resource.RLIMIT_CORE, (most, most))
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
            said = (WORK / "transcript").read_bytes()[before:].decode(errors="replace")
            if self.is_command and self.end not in said.replace("\r", ""):
                raise Problem(f"did not say '{self.end.strip()}':\n{said}")
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
            shown += piece.decode(errors="replace")
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
