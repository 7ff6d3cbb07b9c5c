"""What the bytes are that a registry holds for a version, told by taking and hashing them."""

from modelward.errors import CannotEvaluate
from modelward.reconcile.pin import Pin
from modelward.registry.interface import ArtifactUnreadable, Registry
from modelward.specs.scalars import Digest
from modelward.tree.digest import artifact_digest
from modelward.tree.scratch import scratch


def true_digest(registry: Registry, registered_model: str, pin: Pin) -> Digest | None:
    """The digest of the bytes that the registry holds for a version now; None when it has no plain files.

    Raises what `Registry.fetch_artifact` raises, and `ArtifactUnreadable` when this machine cannot take the files.
    """
    try:
        with scratch() as folder:
            files = registry.fetch_artifact(registered_model, pin.version, folder)
            try:
                digest, size = artifact_digest(files)
            except CannotEvaluate:
                return None
    except OSError as error:
        message = f"the files of version {pin.version} of `{registered_model}` cannot be kept here: {error.strerror}"
        raise ArtifactUnreadable(message, "is there space for temporary files?") from error
    return digest if size else None
