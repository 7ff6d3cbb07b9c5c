"""The process that sends messages through Apprise, and does nothing else.

It is started by `notification`. It reads `{"addresses": ...}` from standard input, then one message a line:
`{"title", "body", "kind"}`. It answers each line by a word: `known` or `unknown` for the addresses, `sent` or `refused`
for a message, or `partly` where there are several addresses, of which others may have taken it.
What Apprise and the services' plug-ins log or print may hold the addresses, which are secrets: it goes nowhere.
"""

import json
import os
import sys
from typing import TextIO


def main() -> None:
    """Send what is asked for, and end without waiting for whatever still hangs."""
    with _silenced() as answers:
        _send(sys.stdin, answers)
    os._exit(0)


def _silenced() -> TextIO:
    """Standard output for the answers alone; whatever else is written there or to standard error is dropped."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answers


def _send(asked: TextIO, answers: TextIO) -> None:
    from apprise import Apprise, AppriseAsset, NotifyFormat

    asset = AppriseAsset(app_id="modelward", app_desc="modelward", interpret_emojis=False)
    # Older ones know no such setting, and follow.
    if hasattr(asset, "http_redirects"):
        asset.http_redirects = False
    services = Apprise(asset=asset)
    known = services.add(json.loads(asked.readline())["addresses"])
    print("known" if known else "unknown", file=answers)
    for line in asked if known else ():
        message = json.loads(line)
        sent = services.notify(
            title=message["title"],
            body=message["body"],
            notify_type=message["kind"],
            body_format=NotifyFormat.TEXT,
            interpret_escapes=False,
        )
        print("sent" if sent else "refused" if len(services) == 1 else "partly", file=answers)
