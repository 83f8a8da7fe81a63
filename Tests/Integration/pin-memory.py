"""The cases of pin-memory.sh, and how they are run: pin_process.py."""

import os, pathlib, resource, subprocess, sys, threading, time

from pin_process import MODULE, OFFICER, OTHER, PASSPHRASE, PIN, WORK, WRONG, Case, Problem, assuan, search, token, uri

ASKS, NEW, AGAIN, PRESENT, SO, NEW_SO = (
    words + ' for token "memory"' for words in
    ("PIN", "New PIN", "New PIN", "Present PIN", "Security officer's PIN", "New security officer's PIN"))


def command(*arguments, **options):
    return Case("tokencsp", *arguments, **options)


GIVE = f"command:{WORK}/give pin"
P, O, W, S = (str(WORK / name) for name in ("pin", "other", "wrong", "officer"))
ENTERS, ENTERS_WRONG = (ASKS, PIN), (ASKS, WRONG)
ENTERS_NEW = [(NEW, OTHER), (AGAIN, OTHER)]
DATA = ["--in", str(WORK / "data"), "--out", str(WORK / "data.sig"), "--container"]

BY_PASSPHRASE, BY_WRONG = (["--passphrase-source", f"file:{WORK / name}"] for name in ("passphrase", "wrong"))


IMPORTED, LEAVES = ["--container", "imported"], ["--container", "leaves"]


def keys(*arguments, **options):
    """Keys come into the memory: no core may be written."""
    return command("key", *arguments, "--pin-source", "file:" + P, "--json", leaves_core=False, **options)


def imports(file, *arguments, **options):
    return keys("import", str(WORK / file), *IMPORTED, *arguments, changes=True, **options)


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
    "terminal-differ": Case(
        "asked-unusable", "alice", turns=[ENTERS, *[(NEW, OTHER), (AGAIN, WRONG)] * 3], fault="expired"),
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
    # Keys and passphrases.
    "command-import-planted": imports("key.pem", PIN_STOP_PLANTS=P, finds="always"),
    "command-import-pem": imports("key.pem", "--exportable"),
    "command-import-encrypted": imports("key.enc", *BY_PASSPHRASE),
    "command-import-wrong": imports("key.enc", *BY_WRONG, status=4),
    "command-import-pkcs12": imports("key.p12", *BY_PASSPHRASE),
    "command-import-pkcs12-wrong": imports("key.p12", *BY_WRONG, status=4),
    "command-import-blob": imports("key.blob"),
    "command-import-prompt": imports("key.enc", turns=[("assphrase", PASSPHRASE)]),
    "command-import-prompt-wrong": imports("key.enc", turns=[("assphrase", WRONG)], status=4),
    "command-import-blob-encrypted": imports("leaves.blob", *BY_PASSPHRASE),
    "command-import-blob-wrong": imports("leaves.blob", *BY_WRONG, status=4),
    "command-export": keys("export", *LEAVES, "--out", str(WORK / "out.pem"), *BY_PASSPHRASE),
    "command-export-prompt": keys(
        "export", *LEAVES, "--out", str(WORK / "prompt.pem"), turns=[("assphrase", PASSPHRASE)] * 2),
    "command-export-blob": keys("export", *LEAVES, "--form", "blob", "--out", str(WORK / "out.blob"), *BY_PASSPHRASE),
    "command-export-plain": keys(
        "export", *LEAVES, "--form", "blob", "--out", str(WORK / "plain.blob"), "--insecure-plain"),
    "command-encrypt": command(
        "encrypt", "--in", str(WORK / "data"), "--out", str(WORK / "out.enc"), *BY_PASSPHRASE, leaves_core=False),
    "command-decrypt": command(
        "decrypt", "--in", str(WORK / "data.enc"), "--out", str(WORK / "out"), *BY_PASSPHRASE, leaves_core=False),
    "command-decrypt-wrong": command(
        "decrypt", "--in", str(WORK / "data.enc"), "--out", str(WORK / "out"), *BY_WRONG, status=4,
        leaves_core=False),
    "command-derive": command(
        "derive", "--hash", "sha256", "--out", str(WORK / "out.key"), *BY_PASSPHRASE, leaves_core=False),
    "command-init": command(
        "token", "init", "--label", "memory", "--reinitialize", "--yes", "--json",
        turns=[(SO, OFFICER), (NEW, OTHER), (AGAIN, OTHER)], changes=True),
}


def watch_arguments(stop, seen):
    """What `ps` shows, again and again."""
    while not stop.wait(0.05):
        for process in os.listdir("/proc"):
            if process.isdigit():
                try:
                    seen.add(pathlib.Path(f"/proc/{process}/cmdline").read_bytes())
                except OSError:
                    pass


def set_up():
    environment = dict(
        os.environ, SOFTHSM2_CONF=str(token("token-first")), TOKENCSP_TOKEN=f"pkcs11:?module-path={MODULE}",
        TOKENCSP_INTERACTION="none")
    subprocess.run(
        ["tokencsp", "token", "init", "--label", "memory", "--so-pin-source", "file:officer", "--pin-source", "file:pin"],
        env=environment, stdout=subprocess.DEVNULL, check=True, timeout=30)
    environment["TOKENCSP_TOKEN"] = uri()
    for arguments in (
            ["key", "import", "key.pem", *LEAVES, "--exportable", "--pin-source", "file:pin"],
            ["key", "export", *LEAVES, "--form", "blob", "--out", "leaves.blob", "--pin-source", "file:pin", *BY_PASSPHRASE],
            ["encrypt", "--in", "data", "--out", "data.enc", *BY_PASSPHRASE]):
        subprocess.run(["tokencsp", *arguments], env=environment, stdout=subprocess.DEVNULL, check=True, timeout=30)
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
    watcher = threading.Thread(target=watch_arguments, args=(stop, arguments), daemon=True)
    watcher.start()
    failed, dumps = [], dumps_cores()
    for name in names or CASES:
        try:
            CASES[name].run(name, dumps)
        except Problem as problem:
            failed.append(name)
            print(f"pin-memory: {name}: {problem}")
    stop.set()
    watcher.join()
    # `ps`, environments, and all that was written.
    (WORK / "arguments").write_bytes(b"\n".join(arguments))
    witnesses = (
        ("arguments", b"pin-memory"), ("seen", b"pin-memory"), ("transcript", b"SCARD_W_WRONG_CHV"),
        ("transcript", b"the passphrase is wrong"))
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
