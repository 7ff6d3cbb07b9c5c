"""`completion`: what a shell needs to complete verbs, options and names."""

import click
from click.shell_completion import get_completion_class

from modelward.cli.group import COMPLETE


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL, which completes verbs, options, models, releases, environments and rules.

    bash and zsh: eval "$(modelward completion bash)" in ~/.bashrc, or with zsh in ~/.zshrc. fish: modelward completion
    fish > ~/.config/fish/completions/modelward.fish
    """
    root = ctx.find_root()
    found = get_completion_class(shell)
    assert found is not None, shell
    click.echo(found(root.command, {}, "modelward", COMPLETE).source())
