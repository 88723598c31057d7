"""`alarminati completion`."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script for shell completion.

    \b
    Example:
      alarminati completion bash > ~/.local/share/bash-completion/completions/alarminati
      alarminati completion zsh > "${fpath[1]}/_alarminati"
      alarminati completion fish > ~/.config/fish/completions/alarminati.fish
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None  # the choices are click's own
    program = ctx.find_root().command
    click.echo(made(program, {}, "alarminati", "_ALARMINATI_COMPLETE").source())
