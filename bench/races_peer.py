"""The peer of racing reconcilers: puts a version into a stage and archives the others, as MLflow's own call does it.

Run as `python races_peer.py URI MODEL STAGE`: reads a version on each line, and answers when it is done.
"""

import sys
import warnings

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def main() -> None:
    """Move what each line says; a move that the server refuses is one that did not happen."""
    warnings.simplefilter("ignore", FutureWarning)
    uri, model, stage = sys.argv[1:]
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.get_registered_model(model)
    for line in sys.stdin:
        said = "done"
        try:
            client.transition_model_version_stage(model, line.strip(), stage, archive_existing_versions=True)
        except MlflowException as error:
            said = error.error_code
        print(said, flush=True)


if __name__ == "__main__":
    main()
