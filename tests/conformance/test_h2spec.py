"""h2spec against the port. HTTP/2 here is grpc's own server: where it differs, the case stands below with its reason."""

import shutil
import subprocess
import xml.etree.ElementTree

EXCEPTIONS = {}


def test_h2spec_but_for_what_grpc_does_its_own_way(server, tmp_path):
    tool = shutil.which("h2spec")
    assert tool, "h2spec is not installed; run tools/setup --tests"
    report = tmp_path / "h2spec.xml"
    ran = subprocess.run([tool, "--host", server.host, "--port", str(server.port), "--timeout", "2",
                          "--path", "/boternity.v1.BotService/ListBots", "--junit-report", str(report)],
                         capture_output=True, text=True, timeout=280)
    assert report.is_file(), ran.stdout + ran.stderr
    failed, passed = {}, set()
    for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            name = f"{case.get('package')}: {case.get('classname')}"
            problems = [*case.iter("failure"), *case.iter("error")]
            if problems:
                failed[name] = (problems[0].text or "").strip()
            elif case.find("skipped") is None:
                passed.add(name)
    assert len(passed) > 100, f"only {len(passed)} cases passed\n{ran.stdout[-3000:]}"
    unexpected = {name: text for name, text in failed.items() if name not in EXCEPTIONS}
    assert not unexpected, "\n".join(f"{name}\n    {text}" for name, text in unexpected.items())
    mended = set(EXCEPTIONS) & passed
    assert not mended, f"these are exceptions no more: {sorted(mended)}"
    server.rest.get("/api/v1/system").ok()
