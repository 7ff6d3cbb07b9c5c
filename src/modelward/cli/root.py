"""The root command: its verbs by name, each loaded from its own module when it is used."""

import os
from pathlib import Path

import click

from modelward import __version__
from modelward.cli.group import PREFIX, Verbs

# No plug-in that happens to be installed may change how specs are read; and to look for some takes longer than a model.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

VERBS: dict[str, str] = {
    "init": "Lay out a governance repository.",
    "validate": "Judge the working tree, or a commit, by the rules.",
    "rules": "List the rules and how strictly they bind.",
    "explain": "Say what a rule checks, why, and how to mend what it finds.",
    "test": "Run the rules' examples and the policy's own cases.",
    "schema": "Print or write the JSON Schemas of the specs.",
    "codeowners": "Name whom GitHub asks for a review, as policy says.",
    "people": "Give people their keys.",
    "model": "Add a model, or end one.",
    "waiver": "Except one model from one rule, for a time.",
    "import": "Write specs for what a live registry already serves.",
    "release": "Pin a version of the registry as a release of a model.",
    "evidence": "Measure a release, check what was measured, pack it for signers.",
    "promote": "Let an environment run another release.",
    "rollback": "Let an environment run the release that it ran before.",
    "hold": "Keep new releases out of an environment for a time.",
    "unhold": "Let new releases into an environment again.",
    "promote-step": "Let a rollout that waits take its next step.",
    "abort": "Take a rollout back.",
    "resume": "Lift a suspension: the release may serve again.",
    "set": "Change one value in a spec.",
    "gate": "Judge whether a change may be merged.",
    "sign": "Sign a change, exactly as it stands.",
    "signoffs": "Show who has signed a change, and who is still needed.",
    "impact": "List the live deployments that a change of policy puts in breach.",
    "plan": "Show what separates the registry from git.",
    "apply": "Make the registry match git.",
    "status": "Show every model's state in every environment.",
    "history": "Show what was judged, announced and done.",
    "checklist": "Show step by step how a release was taken out.",
    "diff": "Show the registry against git, value by value.",
    "doctor": "Look whether everything that this leans on is well.",
    "completion": "Print the script that lets a shell complete.",
}


@click.group(
    cls=Verbs,
    verbs=VERBS,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 110,
    },
    epilog="Exit codes: 0 done, 1 denied or findings, 2 wrong use, 3 could not evaluate, 4 nothing to check, "
    "5 changes (with --exit-code), 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", message="modelward %(version)s")
@click.option(
    "-C",
    "--directory",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    envvar=f"{PREFIX}_DIRECTORY",
    help="Run as if started in this folder.",
)
@click.pass_context
def modelward(ctx: click.Context, folder: Path) -> None:
    """Governance of machine-learning models from git."""
    ctx.obj = folder
    if os.environ.get("NO_COLOR"):
        ctx.color = False
