"""The dialogues of prompt-terminal.sh: each plays a shell with one job, before a terminal of its own."""

import fcntl, os, select, signal, sys, termios, time

PIN = os.environ["DEMO_PIN"]
ASKS = 'PIN for token "demo": '
CANCELLED, TIMEOUT, NOBODY, SILENT = "0x8010006E", "0x000005B4", "0x8010006F", "0x80090022"


class Shell:
    """A session with its terminal. What is typed and shown goes through `terminal`; `here` is its other end."""

    def __init__(self, *command, environment={}, foreground=True, **redirected):
        self.terminal, self.here = os.openpty()
        os.setsid()
        fcntl.ioctl(self.here, termios.TIOCSCTTY, 0)
        # What a shell does, too: it sets the foreground from the background.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        self.before = termios.tcgetattr(self.here)
        self.shown, self.seen = "", 0
        self.job = os.fork()
        if self.job == 0:
            try:
                os.setpgid(0, 0)
                if foreground:
                    os.tcsetpgrp(self.here, os.getpid())
                signal.signal(signal.SIGTTOU, signal.SIG_DFL)
                for number in range(3):
                    os.dup2(redirected.get(f"descriptor{number}", self.here), number)
                os.environ.update(environment)
                os.execvp(command[0], command)
            finally:
                os._exit(98)
        try:
            os.setpgid(self.job, self.job)
        except OSError:
            pass

    def read(self, seconds=0.1):
        if select.select([self.terminal], [], [], seconds)[0]:
            self.shown += os.read(self.terminal, 65536).decode(errors="replace").replace("\r\n", "\n")

    def expect(self, text, seconds=30):
        """Waits until the text is shown, behind what was waited for before."""
        deadline = time.monotonic() + seconds
        while text not in self.shown[self.seen:]:
            check(time.monotonic() < deadline, f"'{text}' is not shown, but:\n{self.shown}")
            self.read()
        self.seen = self.shown.index(text, self.seen) + len(text)

    def ask(self, question=ASKS):
        self.expect(question)
        self.wait_for(lambda: not self.echoes, "the echo is on")

    def wait_for(self, condition, words):
        deadline = time.monotonic() + 10
        while not condition():
            check(time.monotonic() < deadline, f"{words}; shown:\n{self.shown}")
            self.read(0.05)

    def type(self, text):
        os.write(self.terminal, text.encode())

    @property
    def echoes(self):
        return bool(termios.tcgetattr(self.here)[3] & termios.ECHO)

    def restored(self):
        check(termios.tcgetattr(self.here) == self.before, f"the terminal is not as it was; shown:\n{self.shown}")

    def ends(self, status, seconds=30):
        """Waits for the job's end. Nothing of what was typed is left for the shell."""
        found = self.state(seconds)
        check(os.WIFEXITED(found) or os.WIFSIGNALED(found), f"stopped; shown:\n{self.shown}")
        found = os.waitstatus_to_exitcode(found)
        self.read()
        check(found == status, f"ended with {found}, not {status}; shown:\n{self.shown}")
        self.restored()
        os.tcsetpgrp(self.here, os.getpgrp())
        os.set_blocking(self.here, False)
        try:
            check(os.read(self.here, 100) == b"", "something typed is left over")
        except BlockingIOError:
            pass
        check(PIN not in self.shown and "half a PIN" not in self.shown, f"a PIN was shown:\n{self.shown}")

    def state(self, seconds=30):
        deadline = time.monotonic() + seconds
        while True:
            found, status = os.waitpid(self.job, os.WNOHANG | os.WUNTRACED)
            if found:
                return status
            if time.monotonic() > deadline:
                os.kill(self.job, signal.SIGKILL)
                check(False, f"does not end; shown:\n{self.shown}")
            self.read(0.05)

    def stops(self):
        status = self.state()
        check(os.WIFSTOPPED(status), f"ended, not stopped: {status}; shown:\n{self.shown}")
        os.tcsetpgrp(self.here, os.getpgrp())

    def goes_on(self, foreground=True):
        if foreground:
            os.tcsetpgrp(self.here, self.job)
        os.kill(-self.job, signal.SIGCONT)


def check(condition, words):
    if not condition:
        print(words, file=sys.stderr)
        os._exit(1)


dialogues = []


def dialogue(function):
    dialogues.append(function)


def parameters(*values):
    def wrap(function):
        for value in values:
            def one(value=value):
                function(value)
            one.__name__ = f"{function.__name__}({value})"
            dialogues.append(one)
    return wrap


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]


@dialogue
def a_c_program_is_asked_for():
    shell = Shell("./prompt-program", "sign", "alice")
    shell.expect('Program "prompt-program" (process ')
    shell.expect('wants to sign with the signature key of container "alice".')
    shell.expect("Token: demo (serial ")
    shell.ask()
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@dialogue
def redirection_matters_not():
    null = os.open("/dev/null", os.O_RDWR)
    shell = Shell("./prompt-program", "sign", "alice", descriptor0=null, descriptor1=null, descriptor2=null)
    shell.ask()
    shell.type(PIN + "\n")
    shell.ends(0)


@dialogue
def two_of_a_pipeline_ask_one_after_the_other():
    shell = Shell("sh", "-c", "./prompt-program sign alice 2>&1 >one | ./prompt-program sign alice >two; wait")
    for _ in range(2):
        shell.ask()
        time.sleep(1)
        shell.read()
        check("PIN for" not in shell.shown[shell.seen:], f"two questions at a time:\n{shell.shown}")
        shell.type(PIN + "\n")
    shell.ends(0)
    # Either may have been the first; a shell waits for the whole pipeline.
    for name in ("one", "two"):
        with open(name) as file:
            check(file.read() == "signed\n", f"program {name} has not signed")


@dialogue
def silence_asks_nobody():
    shell = Shell("./prompt-program", "silent", "alice")
    shell.expect(SILENT)
    shell.ends(0)
    check("PIN for" not in shell.shown, "a silent context asks")


@dialogue
def nobody_is_asked_where_the_configuration_says_so():
    shell = Shell("./prompt-program", "sign", "alice", environment={"TOKENCSP_INTERACTION": "none"})
    shell.expect(NOBODY)
    shell.ends(0)


@dialogue
def a_job_in_the_background_asks_nobody_and_is_not_stopped():
    shell = Shell("./prompt-program", "sign", "alice", foreground=False)
    shell.expect(NOBODY)
    shell.ends(0)


@dialogue
def time_runs_out():
    shell = Shell("./prompt-program", "handler", "alice", environment={"TOKENCSP_CONFIG": "brief.conf"})
    shell.ask()
    shell.type("half a PIN")
    shell.expect(TIMEOUT)
    shell.ask()
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@parameters(*SIGNALS)
def a_signal_ends_it(number):
    shell = Shell("./prompt-program", "sign", "alice")
    shell.ask()
    shell.type("half a PIN")
    os.kill(shell.job, number)
    shell.ends(-number)


@parameters("\x03", "\x1c")
def a_key_ends_it(key):
    shell = Shell("tokencsp", "sign", "--container", "alice", "--in", "data", "--out", "never")
    shell.ask()
    shell.type("half a PIN" + key)
    shell.ends(-signal.SIGINT if key == "\x03" else -signal.SIGQUIT)
    check(not os.path.exists("never"), "something was signed")


@parameters(*(("handler", number) for number in SIGNALS), *(("thread", number) for number in SIGNALS))
def a_handler_runs_and_the_next_use_works(case):
    mode, number = case
    shell = Shell("./prompt-program", mode, "alice")
    shell.ask()
    shell.type("half a PIN")
    os.kill(shell.job, number)
    # In another thread it may be a little later.
    shell.expect(CANCELLED)
    shell.wait_for(lambda: "handled" in shell.shown, "the handler has not run")
    shell.ask()
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@dialogue
def ignored_signals_stay_ignored():
    shell = Shell("./prompt-program", "ignore", "alice")
    shell.ask()
    for number in SIGNALS:
        os.kill(shell.job, number)
    shell.type("\x03")
    time.sleep(0.3)
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@parameters("sign", "thread")
def it_stops_and_goes_on(mode):
    shell = Shell("./prompt-program", mode, "alice")
    for _ in range(2):
        shell.ask()
        shell.type("half a PIN\x1a")
        shell.stops()
        shell.restored()
        shell.goes_on()
    shell.ask()
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@dialogue
def it_waits_in_the_background():
    shell = Shell("./prompt-program", "sign", "alice")
    shell.ask()
    shell.type("\x1a")
    shell.stops()
    shell.goes_on(foreground=False)
    time.sleep(1)
    shell.restored()
    check(os.waitpid(shell.job, os.WNOHANG | os.WUNTRACED)[0] == 0, "ended or stopped in the background")
    shell.goes_on()
    shell.ask()
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@parameters(0, 0.5)
def it_is_given_the_terminal_before_it_is_continued(pause):
    shell = Shell("./prompt-program", "sign", "alice")
    shell.ask()
    shell.type("\x1a")
    shell.stops()
    shell.goes_on(foreground=False)
    time.sleep(pause)
    os.tcsetpgrp(shell.here, shell.job)
    shell.ask()
    # The question stands, and what is typed from here on counts.
    os.kill(-shell.job, signal.SIGCONT)
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@dialogue
def a_shell_sets_the_terminal_before_it_continues():
    shell = Shell("./prompt-program", "sign", "alice")
    shell.ask()
    shell.type("\x1a")
    shell.stops()
    shell.goes_on(foreground=False)
    os.tcsetpgrp(shell.here, shell.job)
    shell.ask()
    termios.tcsetattr(shell.here, termios.TCSANOW, shell.before)
    os.kill(-shell.job, signal.SIGCONT)
    shell.ask()
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@dialogue
def a_stop_that_cannot_be_caught():
    shell = Shell("./prompt-program", "sign", "alice")
    shell.ask()
    os.kill(shell.job, signal.SIGSTOP)
    shell.stops()
    # As a shell does.
    termios.tcsetattr(shell.here, termios.TCSANOW, shell.before)
    shell.goes_on()
    shell.ask()
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@dialogue
def another_thread_ends_the_process():
    shell = Shell("./prompt-program", "exit", "alice")
    shell.ask()
    shell.type("half a PIN")
    found = os.waitstatus_to_exitcode(shell.state())
    check(found == 5, f"ended with {found}")
    shell.restored()


@dialogue
def another_thread_ends_the_process_in_the_background():
    shell = Shell("./prompt-program", "leave", "alice")
    shell.ask()
    shell.type("half a PIN\x1a")
    shell.stops()
    shell.restored()
    # The terminal is another job's now, which has set it in its way.
    others = termios.tcgetattr(shell.here)
    others[3] &= ~termios.ECHO
    termios.tcsetattr(shell.here, termios.TCSANOW, others)
    shell.goes_on(foreground=False)
    time.sleep(0.5)
    os.kill(shell.job, signal.SIGUSR1)
    status = shell.state()
    check(os.WIFEXITED(status) and os.WEXITSTATUS(status) == 5, f"stopped, or ended otherwise: {status}")
    check(termios.tcgetattr(shell.here) == others, "the other job's terminal was set")


@dialogue
def another_thread_ends_the_process_after_it_came_back():
    shell = Shell("./prompt-program", "leave", "alice")
    shell.ask()
    shell.type("\x1a")
    shell.stops()
    shell.goes_on()
    shell.ask()
    shell.type("half a PIN")
    os.kill(shell.job, signal.SIGUSR1)
    shell.ends(5)


@dialogue
def a_forked_child_ends():
    shell = Shell("./prompt-program", "fork", "alice")
    shell.ask()
    shell.expect("forked")
    check(not shell.echoes, "the child has switched the echo on")
    shell.type(PIN + "\n")
    shell.expect("signed")
    shell.ends(0)


@dialogue
def a_pin_that_the_program_sets_serves_one_use():
    shell = Shell("./prompt-program", "consent", "consent")
    shell.expect("signed")
    for answer, outcome in (("y\n", "signed"), ("n\n", CANCELLED)):
        shell.expect("Allow this? [y/N] ")
        check("This key asks at each use." in shell.shown, shell.shown)
        shell.type(answer)
        shell.expect(outcome)
    shell.ends(0)


@dialogue
def the_command_asks_at_each_use():
    shell = Shell("tokencsp", "sign", "--container", "consent", "--in", "data", "--out", "consent.sig")
    shell.expect("This key asks at each use.")
    shell.ask()
    shell.type("wrong\n")
    shell.expect("Wrong PIN.\nA wrong PIN was entered before: fewer tries are left.\n")
    shell.ask()
    shell.type("wrong\n")
    shell.expect("rejected this PIN before; it was not sent again.")
    shell.ask()
    shell.type(PIN + "\n")
    shell.ends(0)


# Each in a process of its own, the session's leader: the terminal goes with it.
for function in dialogues:
    if len(sys.argv) > 1 and sys.argv[1] not in function.__name__:
        continue
    child = os.fork()
    if child == 0:
        signal.alarm(100)
        function()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        sys.exit(f"{function.__name__}: failed ({status})")
print(f"{len(dialogues)} dialogues")
