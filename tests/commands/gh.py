"""What of GitHub's command line the pages use: `gh api`, which here asks the address in GITHUB_API_URL."""

import argparse
import json
import os
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def main() -> None:
    """Ask once; print the answer, or the field of it that is wanted."""
    parser = argparse.ArgumentParser(prog="gh")
    parser.add_argument("verb", choices=["api"])
    parser.add_argument("path")
    parser.add_argument("--method")
    parser.add_argument("--input")
    parser.add_argument("--jq")
    parser.add_argument("--silent", action="store_true")
    given = parser.parse_args()
    body = None
    if given.input is not None:
        body = sys.stdin.buffer.read() if given.input == "-" else Path(given.input).read_bytes()
    headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Content-Type": "application/json"}
    address = f"{os.environ['GITHUB_API_URL']}/{given.path}"
    request = Request(address, body, headers, method=given.method or ("GET" if body is None else "POST"))  # noqa: S310
    try:
        with urlopen(request) as answer:  # noqa: S310 - this machine's own server
            document = json.loads(answer.read())
    except HTTPError as error:
        sys.exit(f"gh: HTTP {error.code}")
    if given.jq is not None:
        print(document[given.jq.removeprefix(".")])  # noqa: T201
    elif not given.silent:
        print(json.dumps(document))  # noqa: T201


if __name__ == "__main__":
    main()
