#pragma once

#include "options.hpp"

namespace boternity::bench {

/// Serves Chat Completions until it is killed; prints {"port":N} first. The model's name says how it answers:
/// `instant` at once, `paced-R-N` N pieces at R a second, `silent` one piece and then nothing until the peer
/// hangs up.
int serve_fake_provider(const Options& options);

/// Closed loop over keep-alive connections, or at a fixed rate: --connect HOST:PORT --token T --method M
/// --paths FILE
/// --body TEXT --clients N --seconds S [--count the requests to end after] [--rate requests a second of all
/// clients together] [--must TEXT in the answer]. At a rate the time runs from when the request was due, so
/// that a stall is not hidden. Prints JSON.
int run_requests(const Options& options);

/// Opens --count streams and reads each to its end, or until a line comes on standard input. Prints
/// {"open":N} when all have had their first event, and JSON at the end.
int run_streams(const Options& options);

/// Writes 4 KiB over what is there and syncs, over and over: what a durable commit costs on this disk at
/// least. --file F
/// --seconds S.
int run_fsync(const Options& options);

}  // namespace boternity::bench
