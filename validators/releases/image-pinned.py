"""A serving image is tagged with its release, and pinned by digest.

Why: A tag can be moved after it was signed for; and an image that is tagged otherwise hides what runs in it.

Remedy: Write `image: "<repository>:<release>@sha256:<64 hex>"`.
"""

import re
from collections.abc import Iterator

from modelward.rules import Finding, Model, Repository, fail, rule


@rule(on="state", over="model")
def image_pinned(model: Model, _repository: Repository) -> Iterator[Finding]:
    """An image that is named has a repository, the release as its tag, and a digest."""
    for name, release in model.releases.items():
        if release.spec.image is None:
            continue
        tagged, _, digest = release.spec.image.partition("@")
        repository, _, tag = tagged.rpartition(":")
        if not re.fullmatch("sha256:[0-9a-f]{64}", digest):
            yield fail(f"the image of release {name} is not pinned by digest", at=release.record.place("image"))
        if tag != name or not repository:
            yield fail(f"the image of release {name} is not tagged `{name}`", at=release.record.place("image"))
