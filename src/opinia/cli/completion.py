"""``opinia completion SHELL``: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, ZshComplete, add_completion_class, get_completion_class

VARIABLE = "_OPINIA_COMPLETE"
"""Set by the scripts where they ask; the name that click gives it."""


@add_completion_class
class _Zsh(ZshComplete):
    """Click's own, but for empty values: zsh drops them, and takes each line behind for another one.

    So it found no name where nothing of it was typed, in click 8.5.
    """

    def format_completion(self, item: CompletionItem) -> str:
        """Return the three lines of an item; where the shell is to complete paths, it asks for no value."""
        return super().format_completion(CompletionItem(item.value or "_", type=item.type, help=item.help))


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
    click.echo(complete(cli, {}, "opinia", VARIABLE).source())
