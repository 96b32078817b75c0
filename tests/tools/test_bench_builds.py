"""What a comparison may be asked to measure: binaries, build folders, revisions."""

import stat

import pytest

from bench import builds
from bench.builds import Build, BuildError


@pytest.fixture
def binary(tmp_path):
    file = tmp_path / "a"
    file.write_text("#!/bin/sh\necho boternity 0.1.0\n")
    file.chmod(0o755)
    return file


def refused(word, **named):
    with pytest.raises(BuildError) as caught:
        builds.named(str(word), lambda line: None, **named)
    said = str(caught.value)
    assert said.startswith(f"{word}: ") and said.endswith(".")
    return said


def test_what_is_no_build(tmp_path):
    assert "neither a file, nor a build folder, nor a revision" in refused("no-such-thing")
    assert "no `boternity` in this folder" in refused(tmp_path)


def test_a_binary_that_does_not_start(tmp_path):
    file = tmp_path / "boternity"
    file.write_bytes(b"\x7fELF and then nothing")
    assert "does not start (Permission denied)" in refused(file)
    file.chmod(0o755)
    assert "does not start (Exec format error)" in refused(file)
    file.write_text("#!/bin/sh\necho a library is missing >&2\nexit 127\n")
    assert "it ended with 127: a library is missing" in refused(file)


def test_a_build_folder_and_a_binary_in_it_have_its_programs(tmp_path, binary):
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench/store_bench").touch()
    (tmp_path / "build.ninja").touch()
    binary.rename(tmp_path / "boternity")
    for word in (tmp_path, tmp_path / "boternity"):
        build = builds.named(str(word), lambda line: None)
        assert build.program("store_bench") and build.program("wire_bench") is None


def test_a_lone_binary_has_no_programs(binary):
    assert builds.named(str(binary), lambda line: None).program("store_bench") is None
    assert Build("x", binary).program("store_bench") is None


def git(folder, *words):
    builds.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words], folder, "git")


def test_a_revision_is_built_in_a_worktree_of_its_own(tmp_path):
    """With a tools/build that makes a script of a binary: what is tested is which revision is built, and where."""
    root = tmp_path / "repository"
    (root / "tools").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main", ".")
    (root / "CMakeLists.txt").touch()
    (root / "tools/setup").write_text("#!/bin/sh\n")
    (root / "tools/build").write_text("#!/bin/sh\nmkdir -p build/release; cp version build/release/boternity\n"
                                      "for n in 1 2 3 4 5; do echo \"[$n/5] Building\"; done\n")
    for tool in ("setup", "build"):
        (root / "tools" / tool).chmod(0o755)
    for version in ("first", "second"):
        (root / "version").write_text(f"#!/bin/sh\necho {version}\n")
        (root / "version").chmod(0o755)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", version)
    (root / "version").write_text("#!/bin/sh\necho not committed\n")
    said = []
    for word, version in (("main~1", "first"), ("main", "second"), ("main~1", "first")):
        build = builds.named(word, said.append, root)
        assert build.binary.read_text().endswith(f"echo {version}\n")
        assert build.binary.is_relative_to(root / "build/compare") and stat.S_IXUSR & build.binary.stat().st_mode
    assert "main~1: built 5 of 5" in said
    (root / "tools/build").write_text("#!/bin/sh\necho 'x.cpp:3: error: no'\nexit 1\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "broken")
    with pytest.raises(BuildError, match="^main: it does not build: x.cpp:3: error: no$"):
        builds.named("main", said.append, root)
