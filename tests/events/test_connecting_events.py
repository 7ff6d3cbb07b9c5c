"""Where a run's events go, from its options and the environments' files."""

from pathlib import Path

import pytest

from events.conftest import REPOSITORY
from modelward.events.connecting import Connected, Places, connect
from modelward.events.file import EventFile
from modelward.events.notification import Notification
from modelward.events.webhook import Webhook
from modelward.specs.environment import Environment


def environment(name: str, *variables: str) -> Environment:
    document = {
        "schema": "environment/v1",
        "environment": name,
        "registry": {"name": "main", "alias": "champion"},
        "traffic": {"kind": "none"},
        "drift": "enforce",
        "notify": [{"env": variable} for variable in variables],
    }
    return Environment.model_validate(document, strict=False)


def test_without_options_and_notify_nothing_is_told() -> None:
    assert connect(Places(), [environment("production")], REPOSITORY, {}) == Connected()


def test_a_file_a_webhook_and_people_are_told() -> None:
    variables = {"HOOK": "https://hooks.example.org/a", "TOKEN": "t", "CHAT": "json://chat.example.org"}
    places = Places(Path("events.jsonl"), "HOOK", "TOKEN")
    file, webhook, people = connect(places, [environment("production", "CHAT")], REPOSITORY, variables).sinks
    assert file == EventFile(Path("events.jsonl"), REPOSITORY)
    assert isinstance(webhook, Webhook)
    assert (webhook.host.address, webhook.host.token) == ("https://hooks.example.org/a", "t")
    assert isinstance(people, Notification)
    assert people.environments == {"production"}


def test_people_of_two_environments_are_one_place() -> None:
    environments = [environment("staging", "CHAT"), environment("production", "CHAT", "PAGER")]
    variables = {"CHAT": "json://chat.example.org", "PAGER": "json://pager.example.org"}
    chat, pager = connect(Places(), environments, REPOSITORY, variables).sinks
    assert isinstance(chat, Notification)
    assert chat.variable == "CHAT"
    assert chat.environments == {"staging", "production"}
    assert pager.name == "the notifications of PAGER"


@pytest.mark.parametrize("value", [{}, {"CHAT": ""}, {"CHAT": " \n"}])
def test_an_unset_variable_is_wrong_use_that_names_it(value: dict[str, str]) -> None:
    places = Places(Path("events.jsonl"))
    connected = connect(places, [environment("production", "CHAT")], REPOSITORY, value)
    assert connected.sinks == (EventFile(Path("events.jsonl"), REPOSITORY),), "the others are told"
    (error,) = connected.lacking
    assert error.message == "the variable CHAT is not set, which holds whom production notifies"


def test_an_unset_token_is_wrong_use_and_not_no_token() -> None:
    places = Places(webhook="HOOK", token="TOKEN")  # noqa: S106 - it is a variable's name
    connected = connect(places, [], REPOSITORY, {"HOOK": "https://hooks.example.org"})
    assert connected.sinks == ()
    assert "the variable TOKEN is not set" in connected.lacking[0].message
