"""A part of the bench that needs no load, on the real binary; the others are tried by `make bench` itself."""

from bench import memory


def test_memory_has_a_figure_for_each_number_of_bots(server, monkeypatch):
    monkeypatch.setattr(memory, "BOTS", (0, 2, 5))
    figures = memory.by_bots(server)
    assert [figure.id for figure in figures] == ["memory.bots.0", "memory.bots.2", "memory.bots.5"]
    assert all(figure.value > 1 for figure in figures)
    assert len(server.rest.all("/api/v1/bots", "bots")) >= 5
