"""The README's table of providers is what the registry says."""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_table_is_made_of_the_registry():
    made = subprocess.run([sys.executable, ROOT / "tools" / "provider_table"], capture_output=True, text=True, check=True)
    assert made.stdout == (ROOT / "README.md").read_text(), "run tools/provider_table --write"


def test_every_preset_stands_in_it():
    text = (ROOT / "README.md").read_text()
    presets = json.loads((ROOT / "server/infra/llm/catalog/catalog.json").read_text())["presets"]
    assert len(presets) >= 14
    for preset in presets:
        assert f"`boternity provider add {preset['name']}` | `{preset['kind']}`" in text, preset["name"]
