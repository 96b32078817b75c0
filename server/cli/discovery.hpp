#pragma once

#include "cli/data_folder.hpp"
#include "cli/failure.hpp"

#include <filesystem>
#include <string>

namespace boternity::cli {

/// Where the server is, and what it lets in.
struct Endpoint {
    std::string base_url;  ///< without a slash at its end, e.g. "http://127.0.0.1:7420"
    std::string token;     ///< empty: none was found; the server will say so
    bool named = false;    ///< a person said where it is; otherwise it is the data folder's own server
};

/// What a person said about where the server is; empty means not said.
struct ServerHints {
    std::string server;      ///< --server
    std::string token_file;  ///< --token-file
    std::string data;        ///< --data
    std::string config;      ///< --config
};

/// The data folder that the flags and the environment name.
std::filesystem::path data_folder(const ServerHints& hints, const Environment& env);

/// Finds the server: --server or BOTERNITY_SERVER, else the `server.json` that a running server keeps in its
/// data folder. The token: --token-file, BOTERNITY_TOKEN or BOTERNITY_TOKEN_FILE, else `token` in that
/// folder, which is never sent to a server at another address than the one in `server.json`, and not even
/// read when the server that wrote that file no longer holds the folder's lock: somebody else may listen at
/// its address by now.
///
/// Errors  no_server when none runs there, usage for an address or a token that is none. Reads small files,
/// blocks for no more.
Answer<Endpoint> find_server(const ServerHints& hints, const Environment& env);

}  // namespace boternity::cli
