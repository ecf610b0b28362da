"""The program as a whole, in processes of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from napari_sam import cli


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "napari_sam.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_the_commands():
    done = run("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("demo", "segment", "models"))


@pytest.mark.parametrize("command", ["demo", "segment", "models"])
def test_each_command_has_help(command: str):
    done = run(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: napari-sam {command}")


def test_the_version_is_printed():
    from importlib.metadata import version

    assert run("--version").stdout.strip() == version("napari-sam-medical")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["dance"], "argument COMMAND: invalid choice: 'dance'"),
        (["demo", "--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_a_wrong_call_is_said_in_one_line(arguments: list[str], message: str):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"napari-sam: error: {message}")
    assert done.stderr.endswith("; see napari-sam --help\n")
    assert done.stderr.count("\n") == 1


def test_help_and_lists_cost_no_torch():
    code = (
        "import sys; from napari_sam import cli; cli.main(['models']); "
        "print({n.partition('.')[0] for n in sys.modules} & {'torch', 'napari', 'qtpy', 'numpy'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_errors_of_several_lines_become_one(capsys, monkeypatch):
    def fail(_: object) -> int:
        raise ValueError("first\n  second")

    monkeypatch.setattr("napari_sam.commands.models.list_models", fail)
    assert cli.main(["models"]) == 2
    assert capsys.readouterr().err == "napari-sam: error: first second\n"


def test_what_is_no_users_error_is_not_hidden(monkeypatch):
    def fail(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("napari_sam.commands.models.list_models", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["models"])


def test_ctrl_c_is_said(capsys, monkeypatch):
    def fail(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("napari_sam.commands.models.list_models", fail)
    assert cli.main(["models"]) == 130
    assert capsys.readouterr().err == "napari-sam: interrupted\n"
