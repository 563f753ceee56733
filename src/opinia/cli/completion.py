"""``opinia completion SHELL``: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes opinia in SHELL.

    \b
    bash: add to ~/.bashrc      eval "$(opinia completion bash)"
    zsh:  add to ~/.zshrc       eval "$(opinia completion zsh)"
    fish: once                  opinia completion fish > ~/.config/fish/completions/opinia.fish
    """  # noqa: D301
    from opinia.cli.main import cli

    complete = get_completion_class(shell)
    assert complete is not None  # noqa: S101
    click.echo(complete(cli, {}, "opinia", "_OPINIA_COMPLETE").source())
