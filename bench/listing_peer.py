"""The peer of `plan`: list a registry's models and versions page by page with MLflow's own client, and nothing else.

Run as `python listing_peer.py URI MODELS_PER_PAGE VERSIONS_PER_PAGE`; prints how many pages came, and how many rows.
"""

import sys

from mlflow import MlflowClient


def main() -> None:
    """List everything, in the order in which no row is missed."""
    uri, models_per_page, versions_per_page = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    pages = rows = 0
    token = None
    while pages == 0 or token:
        models = client.search_registered_models(max_results=models_per_page, order_by=["name ASC"], page_token=token)
        pages, rows, token = pages + 1, rows + len(models), models.token
    order = ["version_number ASC", "name ASC"]
    first = True
    while first or token:
        versions = client.search_model_versions(max_results=versions_per_page, order_by=order, page_token=token)
        pages, rows, token, first = pages + 1, rows + len(versions), versions.token, False
    print(pages, rows)


if __name__ == "__main__":
    main()
