"""The tokens that are measured on: SoftHSM's, one a folder, and the one that does nothing."""

import subprocess
import sys
import time

from commands import PROGRAMS, ROOT, SOFTHSM, Token, raw


def nothing(folder):
    """The do-nothing module's token."""
    pin = folder / "nothing.pin"
    pin.write_text("1234")
    module = str(PROGRAMS / "nothing.so")
    uri = f"pkcs11:token=nothing?module-path={module}&pin-source=file:{pin}"
    return Token(module, "nothing", "1234", {"TOKENCSP_TOKEN": uri} | alone(folder))


def softhsm(folder, objects):
    """A new SoftHSM token with that many objects; its folder is in memory."""
    here = folder / str(objects)
    made = subprocess.run(
        [ROOT / "scripts/softhsm-token", "--label", "bench", here],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    environment = dict(line.removeprefix("export ").replace("'", "").split("=", 1) for line in made.stdout.splitlines())
    token = Token(SOFTHSM, "bench", (here / "bench.pin").read_text(), environment | alone(folder))
    start = time.monotonic()
    raw(token, "fill", objects).run()
    print(f"made a token with {objects:,} objects in {time.monotonic() - start:.1f} s", file=sys.stderr)
    return token


def alone(folder):
    """No configuration of this machine's, and nobody is asked."""
    configuration = folder / "tokencsp.conf"
    configuration.touch()
    return {"TOKENCSP_CONFIG": str(configuration), "TOKENCSP_INTERACTION": "none"}
