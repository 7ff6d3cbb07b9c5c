"""Names of ours for registered models, whatever a registry lets them be called."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from modelward.errors import WrongUse
from modelward.specs.confusable import skeleton
from modelward.specs.scalars import MODEL_NAME, ModelName
from modelward.tree.digest import digest_of

_RESERVED = "signoffs"
_LONGEST = 63
_MARK = 8


def model_names(
    registered: Iterable[str], taken: Collection[str], chosen: Mapping[str, str]
) -> Mapping[str, ModelName]:
    """A legal name for each registered model, each another one, and none of those that are `taken`.

    A name that only case, accents and separators tell from a legal one becomes that. One that has other letters, is
    too long, or reads like another bears a mark made from its own characters, so that no two are taken for each other,
    and the same name always becomes the same. `chosen` are names that a person gave: a name that is illegal, taken, or
    given twice is `WrongUse`.
    """
    registered = sorted(registered)
    names = _chosen(registered, taken, chosen)
    occupied = {skeleton(name) for name in (*taken, *names.values(), _RESERVED)}
    wanted = {name: _wanted(name) for name in registered if name not in names}
    alike = Counter(skeleton(want) for want in wanted.values())
    exact = Counter(skeleton(want) for name, want in wanted.items() if want == name)
    for name, want in wanted.items():
        seen = skeleton(want)
        # Of several that want one name, it is given to the one that has it already.
        free = seen not in occupied and (alike[seen] == 1 or (want == name and exact[seen] == 1))
        names[name] = ModelName(want if free else _marked(name))
    return names


def _chosen(registered: Collection[str], taken: Collection[str], chosen: Mapping[str, str]) -> dict[str, ModelName]:
    for name, model in chosen.items():
        if name not in registered:
            raise WrongUse(f"`{name}` is no registered model that is to be imported", "correct --model-map")
        if not re.fullmatch(MODEL_NAME, model):
            raise WrongUse(f"`{model}` is no name of a model", "take lower-case letters, digits and `-`, at most 63")
        if model in (*taken, _RESERVED) or list(chosen.values()).count(model) > 1:
            raise WrongUse(f"the name `{model}` is taken", "give another in --model-map")
    return {name: ModelName(model) for name, model in chosen.items()}


def _wanted(name: str) -> str:
    slug, is_whole = _slug(name)
    return slug if is_whole and 0 < len(slug) <= _LONGEST else _marked(name)


def _marked(name: str) -> str:
    slug = _slug(name)[0][: _LONGEST - _MARK - 1].rstrip("-") or "model"
    mark = digest_of(name.encode("utf-8", "surrogatepass")).removeprefix("sha256:")[:_MARK]
    return f"{slug}-{mark}"


def _slug(name: str) -> tuple[str, bool]:
    """The letters and digits that a legal name can have, and whether no letter was lost."""
    letters = [char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)]
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(letters).lower()).strip("-")
    return slug, all(char.isascii() for char in letters)
