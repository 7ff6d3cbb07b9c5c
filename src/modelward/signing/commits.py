"""The signature of a git commit, as git stores it in the commit object (gitformat-signature)."""

from modelward.signing.keys import PublicKey
from modelward.signing.sshsig import SignatureRefused, verify

GIT_NAMESPACE = "git"
_HEADER = b"gpgsig "


def commit_signer(raw: bytes) -> PublicKey:
    """The SSH key that signed a commit, given the raw object; raises `SignatureRefused`."""
    header, separator, message = raw.partition(b"\n\n")
    kept: list[bytes] = []
    signature: list[bytes] = []
    inside = False
    for line in header.split(b"\n"):
        if line.startswith(_HEADER) and not signature:
            signature.append(line[len(_HEADER) :])
            inside = True
        elif inside and line.startswith(b" "):
            signature.append(line[1:])
        else:
            inside = False
            kept.append(line)
    if not signature:
        raise SignatureRefused("the commit bears no signature")
    armored = b"\n".join(signature).rstrip(b"\n") + b"\n"
    return verify(b"\n".join(kept) + separator + message, armored, GIT_NAMESPACE)
