"""What of a registry's address may be shown, and who else may be asked in its name. Rows T77 and T92 of the threats."""

import pytest

from modelward.registry.address import Address
from modelward.userinfo import without_userinfo

PART = "s3cr"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://registry:5000", "http://registry:5000"),
        ("http://reader:s3cret@registry:5000/path", "http://reader:***@registry:5000/path"),
        ("http://s3cret-token@registry", "http://***@registry"),
        ("http://reader:s3cr@et@registry", "http://reader:***@registry"),
        ("http://reader:s3cr/et@registry", "http://reader:***@registry"),
        ("http://reader:s3cr?et@registry", "http://***"),
        ("postgresql://registry/db?user=reader&password=s3cret", "postgresql://registry/db?***"),
        ("postgresql://reader:s3cret@registry/db?sslmode=require", "postgresql://reader:***@registry/db?***"),
        ("postgresql://registry/db?password=s3cr@et", "postgresql://***"),
        ("sqlite:////data/a@b/mlflow.db", "sqlite:////data/a@b/mlflow.db"),
        ("sqlite+pysqlcipher://:s3cret@//data/mlflow.db", "sqlite+pysqlcipher://:***@//data/mlflow.db"),
        ("reader:s3cret@registry:5000/path", "reader:***@registry:5000/path"),
        ("s3cret-token@registry", "***@registry"),
        ("https://reader:s3cret℀@registry", "https://reader:***@registry"),
        ("databricks", "databricks"),
        ("databricks://profile", "databricks://profile"),
    ],
)
def test_an_address_is_shown_without_what_could_be_a_secret(uri: str, shown: str) -> None:
    assert Address(uri, {}).shown == shown
    assert PART not in shown


@pytest.mark.parametrize(
    "said",
    [
        "API request to http://reader:s3cr@et%21@registry/api/2.0 failed",
        "cannot parse http://reader:s3cr@et%21@registry",
        "the server says: s3cr@et%21 is wrong",
        "the server says: s3cr@et! is wrong",
        "the header was Bearer s3cret-token",
    ],
)
def test_what_others_say_of_an_address_repeats_no_secret(said: str) -> None:
    address = Address("http://reader:s3cr@et%21@registry", {"MLFLOW_TRACKING_TOKEN": "s3cret-token"})
    assert PART not in address.without_secrets(said)
    assert "***" in address.without_secrets(said)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("fatal: could not read from 'https://s3cret-token@host/x.git/': no", "from 'https://***@host/x.git/': no"),
        ("no access to 'https://bot:s3cr'et@host/': no", "no access to 'https://bot:***@host/': no"),
        ("no transport for bot:s3cret@host:x.git", "no transport for bot:***@host:x.git"),
        ("git@github.com: Permission denied; write to team@example.org", "git@github.com: Permission denied"),
        ("remote: https://host/x has no main, ask @team", "remote: https://host/x has no main, ask @team"),
    ],
)
def test_what_others_say_keeps_all_but_who_is_let_in(said: str, kept: str) -> None:
    assert kept in without_userinfo(said)
    assert PART not in without_userinfo(said)


@pytest.mark.parametrize(
    "location",
    [
        "s3://bucket/models/1",
        "file:///srv/models/1",
        "/srv/models/1",
        "mlflow-artifacts:/1/models/m-1",
        "mlflow-artifacts:///1/models/m-1",
        "mlflow-artifacts://registry:5000/1/models/m-1",
        "http://registry:5000/api/2.0/mlflow-artifacts/artifacts/1",
        "HTTP://Registry:5000/api/2.0/mlflow-artifacts/artifacts/1",
    ],
)
def test_t92_files_in_the_registrys_own_store_may_be_fetched(location: str) -> None:
    assert Address("http://reader:secret@registry:5000/mlflow").may_be_asked_for(location)


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere/api/2.0/mlflow-artifacts/artifacts/1",
        "HTTPS://elsewhere/1",
        "http://registry/1",
        "http://registry:5001/1",
        "https://registry:5000/1",
        "http://registry:5000@elsewhere/1",
        "http://elsewhere\\@registry:5000/1",
        "http://registry:5000\\@elsewhere/1",
        "http://elsewhere#@registry:5000/1",
        "http://elsewhere?@registry:5000/1",
        "http:/registry:5000/1",
        "http:registry:5000",
        "http://",
        "http://registry:port/1",
        "http://[registry:5000/1",
        "http://registry:5000/\\elsewhere",
        " http://elsewhere/1".strip() + "\n",
        "mlflow-artifacts://elsewhere/1",
        "mlflow-artifacts://elsewhere:5000/1",
        "MLFLOW-ARTIFACTS://elsewhere:5000/1",
        "mlflow-artifacts://user@registry:5000/1",
    ],
)
def test_t92_no_other_server_is_sent_the_registrys_credentials(location: str) -> None:
    assert not Address("http://reader:secret@registry:5000/mlflow").may_be_asked_for(location)


@pytest.mark.parametrize("uri", ["sqlite:////data/mlflow.db", "postgresql://registry:5000/db", "databricks"])
def test_t92_a_registry_that_is_no_server_has_no_files_on_one(uri: str) -> None:
    assert not Address(uri).may_be_asked_for("http://registry:5000/1")
    assert Address(uri).may_be_asked_for("s3://bucket/1")
