"""A group of verbs that knows their names and help without importing them: `--help` and start-up stay fast."""

import os
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

PREFIX = "MODELWARD"
COMPLETE = f"_{PREFIX}_COMPLETE"
"""Set by a shell that asks what could come next."""


class Verbs(click.Group):
    """Verbs by name, with their help; `path` is what stands before them on the command line and in their modules.

    The verb `new` of the group at `("model",)` stands in `cli/model_new.py`, and its options are also read from
    variables that start with `MODELWARD_MODEL_NEW_`. A verb that is a word of Python's stands in a module with `_` at
    its end.
    """

    def __init__(self, verbs: Mapping[str, str], path: tuple[str, ...] = (), **settings: Any) -> None:
        super().__init__(no_args_is_help=True, **settings)
        self.verbs = verbs
        self.path = path

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the verbs, in the order in which help shows them."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """One verb, imported now."""
        if cmd_name not in self.verbs:
            return None
        words = (*self.path, cmd_name)
        module = "_".join(words).replace("-", "_")
        command: click.Command = import_module(f"modelward.cli.{module}{'_' if iskeyword(module) else ''}").command
        for option in command.params:
            if isinstance(option, click.Option):
                # The variable is named as the option is written, whatever the function calls it.
                written = max(option.opts, key=len).lstrip("-")
                option.envvar = "_".join((PREFIX, *words, written)).replace("-", "_").upper()
        if COMPLETE in os.environ:
            from modelward.cli.completing import complete_names

            complete_names(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The verbs as help shows them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(self.verbs.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that the arguments name; a mistyped one is a usage error with the nearest."""
        if args and args[0] not in self.verbs and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.verbs, n=1)
            hint = f" Did you mean `{close[0]}`?" if close else f" See `{ctx.command_path} --help`."
            raise click.UsageError(f"there is no verb `{' '.join((*self.path, args[0]))}`.{hint}", ctx)
        return super().resolve_command(ctx, args)
