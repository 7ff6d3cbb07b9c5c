"""Evidence holds no key, token or password, and no address of a person.

Why: Evidence is kept for years in every clone; what slips into it cannot be taken back.

Remedy: Revoke what was shown, produce the document without it, and remove it from the history before it is merged.
"""

import re
from collections.abc import Iterator

from modelward.rules import Finding, Model, Place, Repository, fail, rule

# What stands first is looked for in plain bytes: few documents hold any of it, and only those are searched. No pattern
# can run for long on a document that was made for that.
_PATTERNS = (
    (b"-----BEGIN", rb"-----BEGIN [A-Z ]{0,40}PRIVATE KEY", "a private key"),
    (b"AKIA", rb"\bAKIA[0-9A-Z]{16}\b", "an access key"),
    (b"ghp_", rb"\bghp_[A-Za-z0-9]{36}", "an access token"),
    (b"github_pat_", rb"\bgithub_pat_[A-Za-z0-9_]{22}", "an access token"),
    (b"glpat-", rb"\bglpat-[A-Za-z0-9_-]{20}", "an access token"),
    (b"xox", rb"\bxox[abprs]-[A-Za-z0-9-]{10}", "an access token"),
    (b"eyJ", rb"\beyJ[A-Za-z0-9_-]{8,200}\.eyJ", "a signed token"),
    (b"@", rb"://[^/\s:@\"]{1,200}:[^/\s:@\"]{1,200}@", "a password in an address"),
    (b"@", rb"[A-Za-z0-9_%+-]@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2}", "an e-mail address"),
)


@rule(on="state", over="model")
def evidence_without_secrets(model: Model, _repository: Repository) -> Iterator[Finding]:
    """No known form of a secret or of a person's address stands in a document; only its line is told."""
    for release in model.releases.values():
        for evidence in release.evidence:
            if evidence.data is None:
                continue
            for first, pattern, what in _PATTERNS:
                if first in evidence.data and (found := re.search(pattern, evidence.data)):
                    line = evidence.data.count(b"\n", 0, found.start()) + 1
                    # A place with a line would make reports quote it.
                    yield fail(f"line {line} looks as if it held {what}", at=Place(evidence.path))
