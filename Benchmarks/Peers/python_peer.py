"""python-pkcs11: python_peer.py MODULE TOKEN PIN sign rsa|ec 1 MILLISECONDS prints nanoseconds a signature."""

import os, sys, time

import pkcs11

module, token, pin, _, kind, _, milliseconds = sys.argv[1:]
session = pkcs11.lib(module).get_token(token_label=token).open(user_pin=pin)
is_rsa = kind == "rsa"
key = session.get_key(label="bench" if is_rsa else "curve", object_class=pkcs11.ObjectClass.PRIVATE_KEY)
mechanism = pkcs11.Mechanism.RSA_PKCS if is_rsa else pkcs11.Mechanism.ECDSA
data = bytes(51 if is_rsa else 32)
key.sign(data, mechanism=mechanism)

now = time.process_time_ns if "BENCH_CPU_TIME" in os.environ else time.perf_counter_ns
done = 0
start = now()
end = start + int(milliseconds) * 1_000_000
while now() < end:
    for _ in range(8):
        key.sign(data, mechanism=mechanism)
    done += 8
print(f"{(now() - start) / done:.1f}")
