"""Which engine may judge a repository, as its policy says."""

from modelward import __version__
from modelward.errors import CannotEvaluate


def require_engine(allowed: str) -> None:
    """Refuse to judge unless this engine's version fits `allowed`, a specifier such as `>=0.1,<1` (PEP 440)."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = SpecifierSet(allowed).contains(__version__, prereleases=True)
    except InvalidSpecifier as error:
        raise CannotEvaluate(
            f"policies/policy.yaml allows the engine `{allowed}`, which is no version specifier",
            'write one such as `engine: ">=0.1,<1"`',
        ) from error
    if not fits:
        raise CannotEvaluate(
            f"policies/policy.yaml allows the engine {allowed}, and this is {__version__}",
            f"install one that fits: pip install 'modelward{allowed}'",
        )
