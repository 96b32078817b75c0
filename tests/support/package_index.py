"""An index of packages as PyPI and npm have theirs, with one file in each package; slow or wrong on demand."""

import base64
import hashlib
import io
import json
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE = 256 * 1024


def wheel(files, metadata="Metadata-Version: 2.1\nName: tiny\nLicense: Apache-2.0\n"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr("tiny-1.0.dist-info/METADATA", metadata)
    return out.getvalue()


def tarball(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


class PackageIndex:
    """`wheel` and `tarball` are the packages' bytes; `hold` stops every file after so many bytes until it is None."""

    def __init__(self):
        self.wheel = b""
        self.tarball = b""
        self.file = b""
        self.digest = None  # instead of the right one
        self.redirect = None
        self.hold = None
        self.held = threading.Event()
        self.closing = threading.Event()
        self.ranges = []
        self.sent = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"index": self}))
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self):
        return {"BOTERNITY_PYPI": self.base + "/simple", "BOTERNITY_NPM": self.base + "/npm"}

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def pypi_page(self):
        def file(name, data):
            return {"filename": name, "url": f"../../files/{name}", "size": len(data),
                    "hashes": {"sha256": self.digest or hashlib.sha256(data).hexdigest()}}

        return {"meta": {"api-version": "1.0"}, "name": "tiny",
                "files": [file("tiny-0.9-py3-none-any.whl", b""), file("tiny-1.0-py3-none-any.whl", self.wheel)]}

    def npm_page(self):
        digest = base64.b64encode(hashlib.sha512(self.tarball).digest()).decode()
        return {"name": "@acme/tiny", "version": "1.0.0", "license": "MIT",
                "dist": {"tarball": self.base + "/files/tiny.tgz", "integrity": "sha512-" + (self.digest or digest)}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index = None

    def log_message(self, *_):
        """Quiet."""

    def do_GET(self):
        index = self.index
        files = {"/files/tiny-1.0-py3-none-any.whl": index.wheel, "/files/tiny.tgz": index.tarball,
                 "/files/tiny.gguf": index.file}
        if self.path == "/simple/tiny/":
            return self.answer(json.dumps(index.pypi_page()).encode(), "application/vnd.pypi.simple.v1+json")
        if self.path.lower() == "/npm/@acme%2ftiny/1.0.0":
            return self.answer(json.dumps(index.npm_page()).encode(), "application/json")
        if self.path == "/html/tiny/":
            return self.answer(b"<html>hello</html>", "text/html")
        if self.path == "/redirect":
            return self.send_on(index.redirect)
        if self.path in files:
            return self.send_file(files[self.path])
        return self.answer(b"no", "text/plain", 404)

    def answer(self, body, kind, status=200):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_on(self, to):
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_file(self, data):
        index = self.index
        asked = self.headers.get("Range")
        index.ranges.append(asked)
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if asked and begin >= len(data):
            return self.answer(b"", "text/plain", 416)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        try:
            for at in range(begin, len(data), PIECE):
                if index.hold is not None and at >= index.hold:
                    index.held.set()
                    index.closing.wait(60)
                    return
                piece = data[at:at + PIECE]
                self.wfile.write(piece)
                index.sent += len(piece)
        except OSError:
            self.close_connection = True
