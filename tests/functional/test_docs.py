"""What the documentation shows is run as it stands there."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def shell_blocks(page):
    """The `sh` blocks of a page, in order."""
    return re.findall(r"^```sh\n(.*?)^```", (REPOSITORY / page).read_text(), re.MULTILINE | re.DOTALL)


def test_the_api_page_runs_from_top_to_bottom(server):
    blocks = shell_blocks("docs/api.md")
    assert len(blocks) >= 6
    script = "set -euo pipefail\n" + "\n".join(blocks)
    ran = subprocess.run(
        ["bash", "-c", script],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "BOTERNITY_DATA": str(server.data)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    assert "event: completed" in ran.stdout


def test_the_page_of_local_models_runs_from_top_to_bottom(server, tmp_path):
    (tmp_path / "boternity").symlink_to(server.binary)
    script = "set -euo pipefail\n" + "\n".join(shell_blocks("docs/local-models.md"))
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60,
                         env={"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin", "BOTERNITY_DATA": str(server.data),
                              "HOME": str(tmp_path)})
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    assert "local/smollm2-135m" in ran.stdout


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in (REPOSITORY / "docs").glob("*.md"))])
def test_links_lead_to_files_that_exist(page):
    text = (REPOSITORY / page).read_text()
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((REPOSITORY / page).parent / target).exists(), f"{page} links to {target}"


def test_the_events_page_runs_from_top_to_bottom(server):
    page = (REPOSITORY / "docs/events.md").read_text()
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "BOTERNITY_DATA": str(server.data)}
    script = "set -eu\n" + "\n".join(shell_blocks("docs/events.md"))
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, env=env)
    assert ran.returncode == 0 and "event: bot_created" in ran.stdout, f"{ran.stdout}\n{ran.stderr}"
    program, = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=env)
    assert ran.returncode == 0 and '"ended":{}' in ran.stdout, f"{ran.stdout}\n{ran.stderr}"


def test_the_operations_page_runs_from_top_to_bottom(server, tmp_path):
    server.rest.make_bot("Ada of the operations page")
    (tmp_path / "boternity").symlink_to(server.binary)
    script = "set -euo pipefail\n" + "\n".join(shell_blocks("docs/operations.md"))
    script = script.replace("/tmp/copy-$$.db", f"{tmp_path}/copy.db")
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120,
                         env={"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin", "BOTERNITY_DATA": str(server.data),
                              "HOME": str(tmp_path)})
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    assert ran.stdout.count("is sound") == 2


def test_the_page_of_providers_runs_from_top_to_bottom(server_factory, fake_upstream, tmp_path):
    """Its preset is one of the test's own, at the same name; its example of a catalog is read, too."""
    page = (REPOSITORY / "docs/providers.md").read_text()
    (example,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    catalog = json.loads(example)
    catalog["presets"].append({"name": "groq", "title": "Groq", "kind": "openai", "base_url": fake_upstream.base_url})
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    server = server_factory(env={"BOTERNITY_CATALOG": str(tmp_path / "catalog.json")})
    server.rest.make_bot("Ada")
    (tmp_path / "boternity").symlink_to(server.binary)
    ran = subprocess.run(["bash", "-c", "set -euo pipefail\n" + "\n".join(shell_blocks("docs/providers.md"))],
                         capture_output=True, text=True, timeout=120,
                         env={"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin", "BOTERNITY_DATA": str(server.data),
                              "HOME": str(tmp_path)})
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    for expected in ("My server", "groq/m", "work/big"):
        assert expected in ran.stdout, ran.stdout
