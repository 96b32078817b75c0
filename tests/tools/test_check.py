"""tools/check catches what it promises: each test plants one violation in a tree of its own."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools/check"


class Planted:
    """A small tracked tree that tools/check is pointed at."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        subprocess.run(["git", "init", "-q", root], check=True)
        shutil.copy(ROOT / ".clang-format", root)

    def file(self, name: str, text: str) -> "Planted":
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        subprocess.run(["git", "-C", self.root, "add", "-f", name], check=True)
        return self

    def check(self, *names: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, CHECK, "--root", self.root, *names], capture_output=True, text=True)


@pytest.fixture
def tree(tmp_path):
    return Planted(tmp_path / "tree")


def caught(result, place, *words):
    """It failed, named the place, and said what, why and what to do."""
    assert result.returncode == 1, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    at = next((number for number, line in enumerate(lines) if line.startswith(place)), None)
    assert at is not None, f"{place} is not in:\n{result.stdout}"
    assert all(word in lines[at] for word in words), lines[at]
    assert lines[at + 1].startswith("    why: ") and lines[at + 2].startswith("    do:  ")


def test_clean_code_passes(tree):
    tree.file("server/types/a.hpp", "#pragma once\n\n#include <string>\n")
    tree.file("server/core/b.cpp", '#include "types/a.hpp"\n\n#include <fmt/format.h>\n')
    result = tree.check("layers", "bans", "sizes", "words", "format", "scripts", "contract")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.splitlines()[-1] == "check: 7 passed, 0 failed"


@pytest.mark.parametrize(
    ("name", "include", "says"),
    [
        ("server/core/x.cpp", '"infra/net/n.hpp"', "core includes infra/net"),
        ("server/infra/store/x.cpp", '"infra/net/n.hpp"', "infra/store includes infra/net"),
        ("server/cli/x.cpp", '"core/bots/b.hpp"', "cli includes core"),
        ("server/core/x.cpp", "<boost/json.hpp>", "core includes <boost/json.hpp>"),
        ("server/types/x.cpp", "<fmt/format.h>", "types includes <fmt/format.h>"),
        ("server/core/x.cpp", '"boternity/v1/bots.pb.h"', "core includes the contract"),
        ("server/core/x.cpp", '"x.hpp"', "no such tracked header"),
    ],
)
def test_an_include_against_the_layers_is_caught(tree, name, include, says):
    tree.file("server/infra/net/n.hpp", "#pragma once\n").file("server/core/bots/b.hpp", "#pragma once\n")
    tree.file(name, f"// one\n#include {include}\n")
    caught(tree.check("layers"), f"{name}:2:", says)


def test_the_declared_exceptions_pass(tree):
    tree.file("server/infra/net/n.hpp", "#pragma once\n").file("server/core/runtime/t.hpp", "#pragma once\n")
    tree.file("server/infra/llm/x.cpp", '#include "infra/net/n.hpp"\n')
    tree.file("server/cli/y.cpp", '#include "core/runtime/t.hpp"\n')
    tree.file("server/types/tests/z_test.cpp", "#include <gtest/gtest.h>\n")
    assert tree.check("layers").returncode == 0


def test_a_folder_in_no_layer_is_caught(tree):
    caught(tree.file("server/misc/x.cpp", "").check("layers"), "server/misc/x.cpp:", "in no layer")


@pytest.mark.parametrize(
    "code",
    [
        "asio::co_spawn(e, t(), asio::detached);",
        "auto t = std::chrono::system_clock::now();",
        "auto t = std::chrono::steady_clock::now();",
        "std::random_device chance;",
        "std::jthread worker(run);",
        "auto later = std::async(run);",
        "std::this_thread::sleep_for(1s);",
        "assert(ok);",
        "auto* p = new Thing();",
        "delete p;",
        "out << std::endl;",
        'std::cout << "x";',
        "std::regex pattern(text);",
        "sqlite3_exec(db, sql, nullptr, nullptr, nullptr);",
        "soci::session sql;",
        "curl_easy_perform(handle);",
        "asio::ip::tcp::socket s(e);",
        'system("ls");',
        'auto home = std::getenv("HOME");',
        "TEST(Suite, DISABLED_Case) {}",
        "run();  // NOLINT",
    ],
)
def test_a_ban_is_caught(tree, code):
    caught(tree.file("server/core/x.cpp", f"\n{code}\n").check("bans"), "server/core/x.cpp:2:")


@pytest.mark.parametrize(
    "code",
    [
        "// new Thing(), assert(x), std::endl",
        "/* std::thread\n detached */",
        'log("use std::endl and new Thing");',
        "static_assert(sizeof(int) == 4);",
        "Thing(const Thing&) = delete;",
        "Task<void> renew(Lease lease);",
        "run();  // NOLINT(misc-x): the library asks for it",
        "std::thread::id who;",
    ],
)
def test_what_only_looks_like_a_ban_passes(tree, code):
    result = tree.file("server/core/x.cpp", f"\n{code}\n").check("bans")
    assert result.returncode == 0, result.stdout


def test_a_ban_is_lifted_where_it_says_so(tree):
    tree.file("server/infra/clock/x.cpp", "auto t = std::chrono::system_clock::now();\n")
    tree.file("server/core/runtime/pool.hpp", "std::jthread worker_;\n")
    assert tree.check("bans").returncode == 0


@pytest.mark.parametrize(
    "code",
    [
        'sql << "SELECT id FROM bots WHERE name = \'" + name + "\'";',
        'text = base + " WHERE id = 1";',
        'auto text = fmt::format("DELETE FROM bots WHERE id = {}", id);',
    ],
)
def test_sql_made_of_pieces_is_caught(tree, code):
    caught(tree.file("server/infra/store/x.cpp", f"\n{code}\n").check("bans"), "server/infra/store/x.cpp:2:")


def test_a_bound_statement_passes(tree):
    tree.file("server/infra/store/x.cpp", 'sql << "SELECT id FROM bots WHERE name = :name", soci::use(name);\n')
    assert tree.check("bans").returncode == 0


def test_a_fixed_wait_in_a_test_is_caught(tree):
    caught(tree.file("tests/functional/test_x.py", "import time\ntime.sleep(1)\n").check("bans"),
           "tests/functional/test_x.py:2:")


def test_a_file_that_grew_too_long_is_caught(tree):
    caught(tree.file("server/core/x.cpp", "\n" * 501).check("sizes"), "server/core/x.cpp:", "501 lines")


def test_a_file_beyond_the_aim_is_only_a_warning(tree):
    result = tree.file("server/core/x.cpp", "\n" * 301).check("sizes")
    assert result.returncode == 0 and "warning: 301 lines" in result.stdout


@pytest.mark.parametrize(
    "text",
    ["cd /wor" + "k/x", "PATH=/roo" + "t/bin/x", "see /home/ann" + "/notes", "pip --index-" + "url x", "// TO" + "DO: later",
     "<<<<<<< ours", "-----BEGIN PRIVATE " + "KEY-----"],
)
def test_a_word_that_no_file_may_hold_is_caught(tree, text):
    caught(tree.file("docs/x.md", f"one\n{text}\n").check("words"), "docs/x.md:2:")


def test_an_rpc_without_a_route_is_caught(tree):
    tree.file("contract/proto/boternity/v1/x.proto",
              'package boternity.v1;\nservice S {\n  rpc Do(A) returns (B) {}\n}\n')
    caught(tree.check("contract"), "contract/proto/boternity/v1/x.proto:3:", "no google.api.http route")


def test_two_rpcs_on_one_route_are_caught(tree):
    tree.file("contract/proto/boternity/v1/x.proto",
              'package boternity.v1;\nservice S {\n'
              '  rpc Do(A) returns (B) { option (google.api.http) = { get: "/a/{x}" }; }\n'
              '  rpc Re(A) returns (B) { option (google.api.http) = { get: "/a/{y}" }; }\n}\n')
    caught(tree.check("contract"), "contract/proto/boternity/v1/x.proto:4:", "the route of Do")


def test_a_script_that_does_not_parse_is_caught(tree):
    caught(tree.file("tools/x", "#!/usr/bin/env bash\nset -e\nif true; then\n").check("scripts"), "tools/x:")
    caught(tree.file("tools/y.py", "def x(:\n").check("scripts"), "tools/y.py:1:")


@pytest.mark.skipif(shutil.which("clang-format-19") is None, reason="clang-format-19 is not installed: make setup")
def test_unformatted_code_is_caught(tree):
    caught(tree.file("server/core/x.cpp", "int  f( ) ;\n").check("format"), "server/core/x.cpp:1:", "not formatted")


def test_a_missing_file_is_caught(tree):
    caught(tree.file("README.md", "x\n").check("presence"), "CHANGELOG.md:", "missing")


def test_an_unknown_check_is_refused(tree):
    result = tree.check("layer")
    assert result.returncode == 2 and "no such check: layer" in result.stderr
