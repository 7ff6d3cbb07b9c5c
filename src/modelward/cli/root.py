"""The root command: its verbs by name, each loaded from its own module when it is used."""

import os
from importlib import import_module
from pathlib import Path

import click

from modelward import __version__

# No plug-in that happens to be installed may change how specs are read; and to look for some takes longer than a model.
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

PREFIX = "MODELWARD"
VERBS: dict[str, str] = {
    "validate": "Judge the working tree, or a commit, by the rules.",
    "rules": "List the rules and how strictly they bind.",
    "explain": "Say what a rule checks, why, and how to mend what it finds.",
    "schema": "Print or write the JSON Schemas of the specs.",
    "promote": "Let an environment run another release.",
    "rollback": "Let an environment run the release that it ran before.",
    "set": "Change one value in a spec.",
    "plan": "Show what separates the registry from git.",
    "apply": "Make the registry match git.",
    "status": "Show every model's state in every environment.",
    "diff": "Show the registry against git, value by value.",
}


class _Verbs(click.Group):
    """A group that knows its verbs' names and help without importing them: `--help` and start-up stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"modelward.cli.{cmd_name}").command
        for option in command.params:
            if isinstance(option, click.Option):
                # The variable is named as the option is written, whatever the function calls it.
                written = max(option.opts, key=len).lstrip("-").replace("-", "_")
                option.envvar = f"{PREFIX}_{cmd_name}_{written}".upper()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean `{close[0]}`?" if close else " See `modelward --help`."
            raise click.UsageError(f"there is no verb `{args[0]}`.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Verbs,
    no_args_is_help=True,
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
