"""The fixtures that every test of the real binary uses."""

import itertools
import threading

import pytest

from support.fake_upstream import FakeUpstream
from support.instance import ServerFactory, find_binary, find_models


@pytest.fixture(scope="session")
def binary():
    """The binary under test."""
    return find_binary()


@pytest.fixture(scope="session")
def models():
    """The folder with the local model's weights."""
    return find_models()


@pytest.fixture
def server_factory(binary, tmp_path, request):
    """Makes servers for one test: `server_factory(data=, env=, args=, listen=, wrapper=, ready=)`."""
    factory = ServerFactory(binary, tmp_path)
    request.node.server_factories = [*getattr(request.node, "server_factories", []), factory]
    yield factory
    factory.close()


@pytest.fixture(scope="module")
def server(binary, tmp_path_factory, request):
    """One server for all tests of a module."""
    factory = ServerFactory(binary, tmp_path_factory.mktemp("server"))
    request.node.server_factories = [factory]
    yield factory()
    factory.close()


@pytest.fixture
def rest(server):
    """The module's server over REST, as its owner."""
    return server.rest


_names = itertools.count(1)


@pytest.fixture
def fresh():
    """Makes names that no other test uses."""
    return lambda word="thing": f"{word}-{next(_names)}"


@pytest.fixture
def fake_upstream():
    """A Chat Completions server under the test's control; fails the test if it was ever asked wrongly."""
    upstream = FakeUpstream()
    yield upstream
    upstream.close()
    assert not upstream.complaints, "the upstream was asked wrongly:\n" + "\n".join(upstream.complaints)


@pytest.fixture
def gate(fake_upstream):
    """An event for `Wait` steps; it opens by itself when the test ends."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def provider(rest, fake_upstream, fresh):
    """The fake upstream as a provider of the module's server; answers its name."""
    name = fresh("fake")
    rest.post("/api/v1/providers", fake_upstream.provider(name)).ok()
    yield name
    rest.delete(f"/api/v1/providers/{name}")


@pytest.fixture
def bot(rest, provider, fake_upstream, fresh):
    """A bot that the fake upstream answers for."""
    return rest.make_bot(fresh("bot"), model=f"{provider}/{fake_upstream.models[0]}")


@pytest.fixture
def session(rest, bot):
    """A session of that bot; answers its id."""
    return rest.make_session(bot["id"])["id"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what the servers of a failed test wrote."""
    report = yield
    if report.failed:
        nodes = [item, item.getparent(pytest.Module)]
        for node in nodes:
            for factory in getattr(node, "server_factories", []):
                for server in factory.servers:
                    report.sections.append((f"log of {server.data.name}", server.log()[-6000:]))
    return report
