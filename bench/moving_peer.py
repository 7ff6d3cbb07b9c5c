"""The peer of a first `apply`: for every model the bare calls that move it in, one after another, and no more.

Run as `python -m bench.moving_peer URI COUNT`. Each model is read before and after by two calls of MLflow's own client;
it gets two tags, a stage and an alias for each environment, as `apply` gives them.
"""

import sys
import warnings

from mlflow import MlflowClient

from bench.generating import Template, fleet

ALIASES = {"staging": "staging", "production": "champion"}
STAGES = {"staging": "Staging", "production": "Production"}


def main() -> None:
    """Move every model."""
    warnings.simplefilter("ignore", FutureWarning)
    uri, count = sys.argv[1], int(sys.argv[2])
    client, template = MlflowClient(tracking_uri=uri, registry_uri=uri), Template()
    client.search_registered_models(max_results=1000)
    for model in fleet(count):
        name = model.registered_model
        _read(client, name)
        client.set_registered_model_tag(name, "modelward.ledger", "0" * 40)
        client.set_registered_model_tag(name, "modelward.repository", "acme/ml-governance")
        deployed = template.deployed(model)
        for number, stage in {deployed[one]: STAGES[one] for one in ALIASES}.items():
            client.transition_model_version_stage(name, str(number), stage)
        for environment, alias in ALIASES.items():
            client.set_registered_model_alias(name, alias, str(deployed[environment]))
        _read(client, name)


def _read(client: MlflowClient, name: str) -> None:
    client.get_registered_model(name)
    client.search_model_versions(f"name = '{name}'")


if __name__ == "__main__":
    main()
