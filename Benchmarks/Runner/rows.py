"""What is measured, and what is promised of it."""

from pathlib import Path

from commands import BUILD, PROGRAMS, Command, abi, crypto, process, raw, swift
from measure import Measurement, Row

ELLIPTIC = ("--provider", "TokenCSP Elliptic Curve Provider")
PEERS = Path(__file__).resolve().parents[1] / "Peers"


def signing(tokens, quick):
    """Our own cost, on the token that does nothing; and what is left of it on SoftHSM."""
    nothing, some = tokens("nothing"), tokens(20)
    time = 100
    contestants = {
        "raw C": raw(nothing, "sign", "rsa", 1, time),
        "Swift": swift(nothing, "sign", "rsa", 1, time),
        "C ABI": abi(nothing, "sign", "rsa", 1, time),
        "C ABI, a hash each": abi(nothing, "sign-anew", "rsa", time),
        # How fast this machine is.
        "SHA-256 of 4 KiB": crypto(nothing, "nettle", "hash", 4096, time),
    } | peers(nothing, 1, time)
    unit = "SHA-256 of 4 KiB"
    rows = [
        Row(ours, "raw C", "cost", goal, unit)
        for ours, goal in (("Swift", 250), ("C ABI", 400), ("C ABI, a hash each", None))
    ]
    rows += [Row("Swift", peer, "time", 1) for peer in ("crypto11", "python-pkcs11")]
    yield Measurement("sign, nothing module, 1 thread", "sign", contestants, rows)

    contestants = {
        "raw C": raw(nothing, "sign", "rsa", 8, time),
        "Swift": swift(nothing, "sign", "rsa", 8, time),
        "C ABI": abi(nothing, "sign", "rsa", 8, time),
    } | peers(nothing, 8, time)
    rows = [Row("Swift", "crypto11", "rate", 8), Row("raw C", "crypto11", "rate", None)]
    yield Measurement("sign, nothing module, 8 threads", "sign", contestants, rows)

    for kind, name in ("rsa", "RSA-2048"), ("ec", "P-256"):
        for threads in (1, 8) if quick else (1, 2, 4, 8):
            words = ("sign", kind, threads, 100 if quick else 250)
            contestants = {"raw C": raw(some, *words), "Swift": swift(some, *words), "C ABI": abi(some, *words)}
            rows = [Row(ours, "raw C", "rate", 0.97) for ours in ("Swift", "C ABI")]
            yield Measurement(f"sign, {name}, {count(threads, 'thread')}", "sign", contestants, rows)


def allocations(tokens, quick):
    nothing = tokens("nothing")
    contestants = {
        "Swift": swift(nothing, "signs", "rsa", reads="allocations"),
        "C ABI": abi(nothing, "signs", "rsa", reads="allocations"),
    }
    rows = [Row(name, "", "allocations", 2) for name in contestants]
    yield Measurement("allocations a signature", "allocations", contestants, rows, rounds=1)


def peers(token, threads, time):
    """Other libraries: `scripts/bench --peers` installs them."""
    words = (token.module, token.label, token.pin, "sign", "rsa", threads, time)
    found = {"crypto11": Command((PROGRAMS / "crypto11", *words), token)}
    if threads == 1:
        found["python-pkcs11"] = Command((BUILD / "python/bin/python", PEERS / "python_peer.py", *words), token)
    return found


def generating(tokens, quick):
    """CryptGenKey, beside the same templates and one call an object that reads them back."""
    some = tokens(20)
    clear = raw(some, "clear", "bench-")
    number = 20 if quick else 200
    for kind, place in ("ec", "session"), ("ec", "token"), ("aes", "session"):
        words = ("generate", kind, place, number if place == "session" else number // 4)
        contestants = {"raw C": raw(some, *words, after=clear), "Swift": swift(some, *words, after=clear)}
        name = f"generate, {'P-256' if kind == 'ec' else 'AES-256'}, {place} objects"
        yield Measurement(name, "generate", contestants, [Row("Swift", "raw C", "time", 1.05)])
        if place == "token":
            # The first key of a container takes its record away, which raw C has none of.
            # As many objects as Swift has made by then: what they cost SoftHSM falls on both.
            first = raw(some, "pairs", "bench-first", words[-1] + 1)
            contestants = {
                "raw C": raw(some, *words, before=first, after=clear),
                "Swift": swift(some, "generate", kind, "second", words[-1], after=clear),
            }
            rows = [Row("Swift", "raw C", "time", 1.05)]
            yield Measurement(name + ", second of a container", "generate", contestants, rows)


def opening(tokens, quick):
    """By name; nobody is logged in."""
    again = {}
    for size in sizes(quick, 20):
        token = tokens(size)
        number = 3 if size > 1000 else 8
        contestants = {
            "raw C": raw(token, "open", "key", number, login=False),
            "Swift": swift(token, "open", "key", number),
        }
        yield Measurement(
            f"open a container by name, {size:,} objects",
            "open",
            contestants,
            [Row("Swift", "raw C", "time", 1.2)],
            rounds=rounds(size),
        )
        again[f"{size:,} objects"] = swift(token, "reopen", "key-3", 20)
    names = list(again)
    yield Measurement(
        "open it again", "open", again, [Row(name, names[0], "time", 1.25) for name in names[1:]], rounds=7
    )


def listing(tokens, quick):
    for size in (1000,):
        token = tokens(size)
        contestants = {
            "raw C": raw(token, "enumerate", 10, login=False),
            "Swift": swift(token, "enumerate", 10),
        }
        yield Measurement(
            f"enumerate containers, {size:,} objects",
            "list",
            contestants,
            [Row("Swift", "raw C", "time", 1.15)],
            rounds=7,
        )
    for size in sizes(quick, 15):
        token = tokens(size)
        contestants = {
            "tokencsp key list": process(token, "tokencsp", "key", "list"),
            "pkcs11-tool -O": process(
                token, "pkcs11-tool", "--module", token.module, "--token-label", token.label, "-O"
            ),
        }
        # The least that a list can be: SoftHSM's start, one search, one read a key.
        contestants["raw C"] = raw(token, "enumerate", 1, login=False, reads="time")
        rows = [
            Row("tokencsp key list", "pkcs11-tool -O", "time", 0.9 if size == 15 else 0.33),
            Row("raw C", "pkcs11-tool -O", "time", None),
        ]
        if size > 15 and not quick:
            # Its time grows with the square of the number.
            contestants["p11tool --list-all"] = process(
                token,
                "p11tool",
                "--provider",
                token.module,
                "--list-all",
                f"pkcs11:token={token.label}",
                once=True,
                limit=30,
            )
            rows.append(Row("tokencsp key list", "p11tool --list-all", "time", 0.33))
        yield Measurement(f"list keys, {size:,} objects", "list", contestants, rows, rounds=rounds(size))


def whole_processes(tokens, quick):
    token = tokens(20)
    folder = Path(token.environment["TOKENCSP_CONFIG"]).parent
    digest = folder / "digest"
    digest.write_bytes(bytes(32))
    tool = ("pkcs11-tool", "--module", token.module, "--token-label", token.label, "--login", "--pin", "env:PIN")
    with_pin = token.with_environment(PIN=token.pin)
    contestants = {
        "raw C": raw(token, "signs", "ec", 1, reads="time"),
        "tokencsp": process(
            token, "tokencsp", "sign", *ELLIPTIC, "--container", "curve", "--in", digest, "--out", folder / "signature"
        ),
        "pkcs11-tool": process(
            with_pin, *tool, "--sign", "-m", "ECDSA", "--label", "curve", "-i", digest, "-o", folder / "signature"
        ),
    }
    rows = [Row("tokencsp", "raw C", "time", 1.2), Row("tokencsp", "pkcs11-tool", "time", 1)]
    yield Measurement("whole process: sign, P-256", "command", contestants, rows, rounds=15)

    clear = raw(token, "clear", "bench-")
    contestants = {
        "raw C": raw(token, "generate", "ec", "token", 0, reads="time", after=clear),
        "tokencsp": process(token, "tokencsp", "key", "generate", *ELLIPTIC, "--container", "bench-0", after=clear),
        "pkcs11-tool": process(
            with_pin,
            *tool,
            "--keypairgen",
            "--key-type",
            "EC:prime256v1",
            "--label",
            "bench-0",
            "--id",
            "0102",
            after=clear,
        ),
    }
    yield Measurement("whole process: generate a key, P-256", "command", contestants, rows, rounds=15)


def on_the_host(tokens, quick):
    nothing = tokens("nothing")
    time = 100
    for what, name, small, cost, nettle, evp in (
        ("encrypt", "CryptEncrypt, AES-256-CBC", 16, 300, 0.95, 0.8),
        ("decrypt", "CryptDecrypt, AES-256-CBC", 16, 300, 0.95, 0.8),
        ("hash", "CryptHashData, SHA-256", 64, 150, 0.97, 0.85),
    ):
        for size in (small, 1 << 20) if what == "hash" else (small, 4096, 1 << 20):
            contestants = {
                "nettle": crypto(nothing, "nettle", what, size, time),
                "EVP": crypto(nothing, "evp", what, size, time),
                "C ABI": abi(nothing, what, size, time),
            }
            rows = []
            if size == small:
                contestants["SHA-256 of 4 KiB"] = crypto(nothing, "nettle", "hash", 4096, time)
                rows = [Row("C ABI", "nettle", "cost", cost, "SHA-256 of 4 KiB")]
            else:
                is_long = size == 1 << 20
                rows = [
                    Row("C ABI", peer, "rate", goal if is_long else None)
                    for peer, goal in (("nettle", nettle), ("EVP", evp))
                ]
            yield Measurement(f"{name}, {bytes_text(size)}", "host", contestants, rows)


def deleting(tokens, quick):
    token = tokens(1000)
    number = 10 if quick else 50
    make = raw(token, "pairs", "gone", number)
    contestants = {
        "raw C": raw(token, "delete", "gone", number, before=make),
        "raw C, handles known": raw(token, "delete-handles", "gone", before=make),
        "Swift": swift(token, "delete", "gone", number, before=make),
    }
    yield Measurement(
        f"delete a key, {number} of {(1000 + 2 * number):,} objects",
        "delete",
        contestants,
        [Row("Swift", "raw C", "time", 1.05), Row("Swift", "raw C, handles known", "time", None)],
    )


def memory(tokens, quick):
    size = sizes(quick, 20)[-1]
    token = tokens(size)
    contestants = {
        "raw C": raw(token, "memory", login=False, reads="KiB"),
        "Swift": swift(token, "memory", reads="KiB"),
    }
    # The runtime's own few MiB, which a small token does not hide, are no part of the goal.
    rows = [] if quick else [Row("Swift", "raw C", "time", 1.1)]
    yield Measurement(f"memory, {size:,} objects", "memory", contestants, rows, rounds=3)


def sizes(quick, smallest):
    return (smallest, 1000) if quick else (smallest, 1000, 10000)


def rounds(size):
    return 5 if size > 1000 else 15


def count(number, what):
    return f"{number} {what}" + ("" if number == 1 else "s")


def bytes_text(size):
    return f"{size} B" if size < 1024 else f"{size >> 10} KiB" if size < 1 << 20 else f"{size >> 20} MiB"


GROUPS = {
    "sign": signing,
    "allocations": allocations,
    "generate": generating,
    "open": opening,
    "list": listing,
    "command": whole_processes,
    "host": on_the_host,
    "delete": deleting,
    "memory": memory,
}
