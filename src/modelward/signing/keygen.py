"""Signing through `ssh-keygen -Y sign`: with a key file, an agent, or a security key. No private key is read here."""

import subprocess
from pathlib import Path

from modelward.errors import CannotEvaluate, WrongUse
from modelward.signing.keys import PublicKey
from modelward.signing.sshsig import verify

_WHOSE = "modelward-whose-key"
"""The namespace of signatures that only tell whose key made them, and are thrown away."""


def sign(message: bytes, key: Path, namespace: str) -> bytes:
    """An armored signature of `message` for `namespace`.

    `key` is a private key file, or a `.pub` file whose private half the agent holds; ssh-keygen itself asks for a
    passphrase or a touch. Raises `WrongUse` without such a file or without ssh-keygen, `CannotEvaluate` with
    ssh-keygen's own words when it does not sign.
    """
    if not key.is_file():
        raise WrongUse(f"there is no key file {key}", "give the private key, or the `.pub` file of a key in the agent")
    command = ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(key)]
    try:
        done = subprocess.run(command, input=message, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise WrongUse("ssh-keygen is not installed", "install OpenSSH's client") from error
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit {done.returncode}"]
        raise CannotEvaluate(f"ssh-keygen did not sign: {words[-1]}", f"try `{' '.join(command)}` by hand")
    return done.stdout


def public_half(key: Path) -> PublicKey:
    """The public key of a key file, told from what it signs; raises what `sign` does."""
    return verify(b"", sign(b"", key, _WHOSE), _WHOSE)
