-- The first schema. Ids are UUIDs as 36 characters, times are microseconds since 1970 UTC, enums are their
-- names as everywhere else. A file that was released is never changed: add the next number.

CREATE TABLE bots (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT NOT NULL,
    -- A JSON object, as in the API.
    settings TEXT NOT NULL,
    soul_version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
-- A deleted bot gives its slug free.
CREATE UNIQUE INDEX bots_by_slug ON bots (slug) WHERE state <> 'deleted';
CREATE INDEX bots_by_age ON bots (created_at, id) WHERE state <> 'deleted';

-- `body` stands last: a list without texts then never reads its pages.
CREATE TABLE souls (
    bot_id TEXT NOT NULL REFERENCES bots (id),
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    restores INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (bot_id, version)
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    bot_id TEXT NOT NULL REFERENCES bots (id),
    title TEXT NOT NULL,
    message_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_use ON sessions (bot_id, updated_at, id);

-- The input and output messages are not declared as references: a run and its first message name each other.
CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    parent_id TEXT REFERENCES runs (id),
    root_id TEXT NOT NULL REFERENCES runs (id),
    depth INTEGER NOT NULL,
    bot_id TEXT NOT NULL REFERENCES bots (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT NOT NULL,
    soul_version INTEGER NOT NULL,
    settings TEXT NOT NULL,
    -- What an agent was spawned with: a JSON object.
    brief TEXT,
    forked_from TEXT REFERENCES runs (id),
    forked_step INTEGER,
    -- What it answers instead of the input message.
    forked_message TEXT,
    attempt INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    input_message_id TEXT,
    input_position INTEGER NOT NULL,
    output_message_id TEXT,
    input_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    tokens_estimated INTEGER NOT NULL,
    stop_reason TEXT,
    cut_dropped_messages INTEGER,
    cut_kept_messages INTEGER,
    cut_window_tokens INTEGER,
    error_code TEXT,
    error_message TEXT,
    error_retry_ms INTEGER,
    created_at INTEGER NOT NULL,
    moved_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER
);
-- Ids begin with their time (RFC 9562, version 7): by id is by age.
CREATE INDEX runs_of_bot ON runs (bot_id, id);
CREATE INDEX runs_of_session ON runs (session_id, id);
CREATE INDEX runs_in_state ON runs (state, id);
CREATE INDEX runs_of_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX agents_of_root ON runs (root_id, depth, id) WHERE depth > 0;

CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    run_id TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    -- The position of the message that this one's turn answers: messages that were sent while others waited stand
    -- before the answers to those, but are said after them.
    turn INTEGER NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- How many files came with it.
    attachment_count INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (session_id, position)
);

-- The bytes of files that people gave, kept once under the hash of them. `body` stands last, as everywhere.
CREATE TABLE files (
    hash TEXT NOT NULL PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL REFERENCES files (hash),
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX attachments_by_age ON attachments (created_at);
CREATE INDEX attachments_of_file ON attachments (hash);

-- Which files came with a message, in their order.
CREATE TABLE message_attachments (
    message_id TEXT NOT NULL REFERENCES messages (id),
    place INTEGER NOT NULL,
    attachment_id TEXT NOT NULL REFERENCES attachments (id),
    PRIMARY KEY (message_id, place)
);
CREATE INDEX messages_of_attachment ON message_attachments (attachment_id);

-- What is large and may repeat, kept once under the hash of its content.
CREATE TABLE blobs (
    hash TEXT NOT NULL PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
);

-- What a step was given and what it came to are JSON: in `input` and `output` when small, else in the blobs
-- that the hashes name. The sequences are the numbers of its first event and of the event of its end.
CREATE TABLE steps (
    run_id TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    ended_sequence INTEGER NOT NULL,
    input TEXT,
    input_hash TEXT REFERENCES blobs (hash),
    output TEXT,
    output_hash TEXT REFERENCES blobs (hash),
    input_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    tokens_estimated INTEGER NOT NULL,
    error_code TEXT,
    error_message TEXT,
    error_retry_ms INTEGER,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (run_id, position)
);
CREATE INDEX steps_with_output ON steps (output_hash) WHERE output_hash IS NOT NULL;
CREATE INDEX steps_with_input ON steps (input_hash) WHERE input_hash IS NOT NULL;

-- What the runs of a tree tell each other. `taken_step` is the step of the reader that took it.
CREATE TABLE agent_messages (
    to_run TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    from_run TEXT NOT NULL REFERENCES runs (id),
    sender TEXT NOT NULL,
    kind TEXT NOT NULL,
    taken_step INTEGER,
    sent_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (to_run, position)
);
CREATE INDEX agent_messages_unread ON agent_messages (to_run, position) WHERE taken_step IS NULL;

-- The files that the runs of a tree share, entry by entry; nothing is ever changed.
CREATE TABLE workspace_entries (
    root_run TEXT NOT NULL REFERENCES runs (id),
    path TEXT NOT NULL,
    version INTEGER NOT NULL,
    change TEXT NOT NULL,
    base INTEGER NOT NULL,
    author_run TEXT NOT NULL REFERENCES runs (id),
    size_bytes INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (root_run, path, version)
);

CREATE TABLE providers (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    base_url TEXT NOT NULL,
    key_reference TEXT NOT NULL,
    models TEXT NOT NULL,
    -- What it said of its models when it was asked last: a JSON array, an object each.
    told TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- Of its models, where a person stated it.
    window_tokens INTEGER
);

CREATE TABLE receipts (
    mutation_key TEXT NOT NULL PRIMARY KEY,
    operation TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    subject TEXT NOT NULL,
    made_at INTEGER NOT NULL
);
CREATE INDEX receipts_by_age ON receipts (made_at);

-- Events, written with the change they tell of. The newest are kept, hence ids are never used twice.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    bot_id TEXT,
    session_id TEXT,
    run_id TEXT,
    body TEXT NOT NULL,
    made_at INTEGER NOT NULL
);

-- One row that is written to learn whether the disk takes writes again.
CREATE TABLE probe (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
);
INSERT INTO probe (id, at) VALUES (1, 0);
