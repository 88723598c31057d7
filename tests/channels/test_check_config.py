"""`alarminati config check` finds a template that would fail, and says that no agent refuses it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from alarminati.cli.commands.config_check import check_config

CONFIG = """
name: a1
data: {folder}/data
tls: {{mode: insecure}}
listen: {{grpc: "127.0.0.1:0", http: "127.0.0.1:0"}}
channels:
  - {{name: good, type: slack, url: "https://h/canary", template: "{{{{ message }}}}"}}
  - {{name: bad, type: slack, url: "https://h/canary", title: "{{{{ mesage }}}}"}}
  - {{name: worse, type: slack}}
"""


def test_a_template_that_would_fail_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(CONFIG.format(folder=tmp_path))
    done = CliRunner().invoke(check_config, [str(file), "--json"], standalone_mode=False)
    told = json.loads(done.output)
    found = [one for one in told["warnings"] if one.startswith("channels.")]
    assert len(found) == 1
    assert found[0].startswith("channels.bad.title: line 1: there is no 'mesage'")
    assert len(told["errors"]) == 1
    assert "channels.worse" in told["errors"][0]
    assert "canary" not in done.output
