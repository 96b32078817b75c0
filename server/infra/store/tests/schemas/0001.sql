-- A database as schema 1 left it, with rows in every table. Never changed: every later schema must come from it.
PRAGMA foreign_keys = OFF;
PRAGMA application_id = 1114600549;
BEGIN TRANSACTION;
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
INSERT INTO "agent_messages" VALUES('019b76da-a800-7000-8001-000001000003',1,'019b76da-a800-7000-8001-000001000003','agent-1','text',NULL,1767225600000000,'Nearly there.');
CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL REFERENCES files (hash),
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);
INSERT INTO "attachments" VALUES('019b76da-a800-7000-8001-000001000006','sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824','text','text/plain','hello.txt',5,1767225600000000);
CREATE TABLE blobs (
    hash TEXT NOT NULL PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO "blobs" VALUES('sha256:239c8260a67cd76598a0a2b6584375da5f512174ecc957475a4befdbabe5dabc',5035,1767225600000000,'{"parts":[{"text":"much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more "}],"pieces":[]}');
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
INSERT INTO "bots" VALUES('019b76da-a800-7000-8001-000000000001','bot-1','Alfa','','created','local/smollm2-135m','{"temperature":0.7,"max_output_tokens":256}',2,2,1767225600000000,1767225600000000);
INSERT INTO "bots" VALUES('019b76da-a800-7000-8002-000000000001','bot-2','','','deleted','','{}',1,2,1767225600000000,1767225600000000);
CREATE TABLE files (
    hash TEXT NOT NULL PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body BLOB NOT NULL
);
INSERT INTO "files" VALUES('sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',5,1767225600000000,X'68656C6C6F');
CREATE TABLE message_attachments (
    message_id TEXT NOT NULL REFERENCES messages (id),
    place INTEGER NOT NULL,
    attachment_id TEXT NOT NULL REFERENCES attachments (id),
    PRIMARY KEY (message_id, place)
);
INSERT INTO "message_attachments" VALUES('019b76da-a800-7000-8001-000001000004',1,'019b76da-a800-7000-8001-000001000006');
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
INSERT INTO "messages" VALUES('019b76da-a800-7000-8001-000001000004','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000001000003',1,1,'user','complete',1767225600000000,1,'Hello, Alfa');
INSERT INTO "messages" VALUES('019b76da-a800-7000-8001-000001000005','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000001000003',2,1,'assistant','complete',1767225600000000,0,'Hello!');
INSERT INTO "messages" VALUES('019b76da-a800-7000-8001-000002000004','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000002000003',3,3,'user','complete',1767225600000000,0,'Tell me much');
INSERT INTO "messages" VALUES('019b76da-a800-7000-8001-000002000005','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000002000003',4,3,'assistant','complete',1767225600000000,0,'much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more much more ');
INSERT INTO "messages" VALUES('019b76da-a800-7000-8001-000003000004','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000003000003',5,5,'user','complete',1767225600000000,0,'Fail');
INSERT INTO "messages" VALUES('019b76da-a800-7000-8001-000004000004','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000004000003',6,6,'user','complete',1767225600000000,0,'Unfinished');
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
INSERT INTO "outbox" VALUES(1,'soul.version_made','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000001',NULL,NULL,'{"bot":"019b76da-a800-7000-8001-000000000001","version":2,"hash":"sha256:1"}',1767225600000000);
INSERT INTO "outbox" VALUES(2,'bot.state_changed','019b76da-a800-7000-8002-000000000001','019b76da-a800-7000-8002-000000000001',NULL,NULL,'{"bot":"019b76da-a800-7000-8002-000000000001","from":"created","to":"deleted"}',1767225600000000);
INSERT INTO "outbox" VALUES(3,'run.queued','019b76da-a800-7000-8001-000001000003','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000001000003','{"run":"019b76da-a800-7000-8001-000001000003","root":"019b76da-a800-7000-8001-000001000003","session":"019b76da-a800-7000-8001-000000000002","bot":"019b76da-a800-7000-8001-000000000001"}',1767225600000000);
INSERT INTO "outbox" VALUES(4,'run.ended','019b76da-a800-7000-8001-000001000003','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000001000003','{"run":"019b76da-a800-7000-8001-000001000003","root":"019b76da-a800-7000-8001-000001000003","session":"019b76da-a800-7000-8001-000000000002","bot":"019b76da-a800-7000-8001-000000000001","state":"completed"}',1767225600000000);
INSERT INTO "outbox" VALUES(5,'run.queued','019b76da-a800-7000-8001-000002000003','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000002000003','{"run":"019b76da-a800-7000-8001-000002000003","root":"019b76da-a800-7000-8001-000002000003","session":"019b76da-a800-7000-8001-000000000002","bot":"019b76da-a800-7000-8001-000000000001"}',1767225600000000);
INSERT INTO "outbox" VALUES(6,'run.ended','019b76da-a800-7000-8001-000002000003','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000002000003','{"run":"019b76da-a800-7000-8001-000002000003","root":"019b76da-a800-7000-8001-000002000003","session":"019b76da-a800-7000-8001-000000000002","bot":"019b76da-a800-7000-8001-000000000001","state":"completed"}',1767225600000000);
INSERT INTO "outbox" VALUES(7,'run.queued','019b76da-a800-7000-8001-000003000003','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000003000003','{"run":"019b76da-a800-7000-8001-000003000003","root":"019b76da-a800-7000-8001-000003000003","session":"019b76da-a800-7000-8001-000000000002","bot":"019b76da-a800-7000-8001-000000000001"}',1767225600000000);
INSERT INTO "outbox" VALUES(8,'run.ended','019b76da-a800-7000-8001-000003000003','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000003000003','{"run":"019b76da-a800-7000-8001-000003000003","root":"019b76da-a800-7000-8001-000003000003","session":"019b76da-a800-7000-8001-000000000002","bot":"019b76da-a800-7000-8001-000000000001","state":"completed"}',1767225600000000);
INSERT INTO "outbox" VALUES(9,'run.queued','019b76da-a800-7000-8001-000004000003','019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000004000003','{"run":"019b76da-a800-7000-8001-000004000003","root":"019b76da-a800-7000-8001-000004000003","session":"019b76da-a800-7000-8001-000000000002","bot":"019b76da-a800-7000-8001-000000000001"}',1767225600000000);
INSERT INTO "outbox" VALUES(10,'provider.added','acme',NULL,NULL,NULL,'{"name":"acme"}',1767225600000000);
CREATE TABLE probe (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
);
INSERT INTO "probe" VALUES(1,0);
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
INSERT INTO "providers" VALUES('019b76da-a800-7000-8001-000000000001','acme','openai','https://models.example/v1','env:ACME_KEY','["large","small"]','[]',1767225600000000,NULL);
CREATE TABLE receipts (
    mutation_key TEXT NOT NULL PRIMARY KEY,
    operation TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    subject TEXT NOT NULL,
    made_at INTEGER NOT NULL
);
INSERT INTO "receipts" VALUES('k-soul','boternity.v1.SoulService.CreateSoul','f','2',1767225600000000);
INSERT INTO "receipts" VALUES('k-1','boternity.v1.SessionService.SendMessage','f','019b76da-a800-7000-8001-000001000003',1767225600000000);
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
INSERT INTO "runs" VALUES('019b76da-a800-7000-8001-000001000003',NULL,'019b76da-a800-7000-8001-000001000003',0,'019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','turn','completed','',1,'{}',NULL,NULL,NULL,NULL,1,0,NULL,NULL,'019b76da-a800-7000-8001-000001000004',1,'019b76da-a800-7000-8001-000001000005',20,5,0,3,0,1,'stop',1,2,2048,NULL,NULL,NULL,1767225600000000,1767225600000000,NULL,1767225600000000);
INSERT INTO "runs" VALUES('019b76da-a800-7000-8001-000002000003',NULL,'019b76da-a800-7000-8001-000002000003',0,'019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','turn','completed','',1,'{}',NULL,NULL,NULL,NULL,1,0,NULL,NULL,'019b76da-a800-7000-8001-000002000004',3,'019b76da-a800-7000-8001-000002000005',0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1767225600000000,1767225600000000,NULL,1767225600000000);
INSERT INTO "runs" VALUES('019b76da-a800-7000-8001-000003000003',NULL,'019b76da-a800-7000-8001-000003000003',0,'019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','turn','failed','',1,'{}',NULL,NULL,NULL,NULL,1,0,NULL,NULL,'019b76da-a800-7000-8001-000003000004',5,NULL,0,0,0,0,0,0,NULL,NULL,NULL,NULL,'upstream_failed','The provider hung up.',NULL,1767225600000000,1767225600000000,NULL,1767225600000000);
INSERT INTO "runs" VALUES('019b76da-a800-7000-8001-000004000003',NULL,'019b76da-a800-7000-8001-000004000003',0,'019b76da-a800-7000-8001-000000000001','019b76da-a800-7000-8001-000000000002','turn','queued','',1,'{}',NULL,NULL,NULL,NULL,1,0,NULL,NULL,'019b76da-a800-7000-8001-000004000004',6,NULL,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1767225600000000,1767225600000000,NULL,NULL);
CREATE TABLE schema_migrations (version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, applied_at INTEGER NOT NULL);
INSERT INTO "schema_migrations" VALUES(1,'first','sha256:02308bddf89156f03203c51ecb02cf762d4746d17d3d96246da1d5a0f9658552',1767225600000000);
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    bot_id TEXT NOT NULL REFERENCES bots (id),
    title TEXT NOT NULL,
    message_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
INSERT INTO "sessions" VALUES('019b76da-a800-7000-8001-000000000002','019b76da-a800-7000-8001-000000000001','',6,1767225600000000,1767225600000000);
INSERT INTO "sessions" VALUES('019b76da-a800-7000-8002-000000000002','019b76da-a800-7000-8002-000000000001','',0,1767225600000000,1767225600000000);
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
INSERT INTO "souls" VALUES('019b76da-a800-7000-8001-000000000001',1,'sha256:0','owner','',0,0,1767225600000000,'You are Alfa.
Be kind, it''s "free".');
INSERT INTO "souls" VALUES('019b76da-a800-7000-8002-000000000001',1,'','','',0,0,1767225600000000,'');
INSERT INTO "souls" VALUES('019b76da-a800-7000-8001-000000000001',2,'sha256:0','owner','kinder',0,21,1767225600000000,'You are Alfa, 世界.');
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
INSERT INTO "steps" VALUES('019b76da-a800-7000-8001-000001000003',1,'model_call','done',1,2,0,'{"model":""}',NULL,'{"parts":[{"text":"Hello!"}],"pieces":[]}',NULL,0,0,0,0,0,0,NULL,NULL,NULL,1767225600000000,1767225600000000);
INSERT INTO "steps" VALUES('019b76da-a800-7000-8001-000002000003',1,'model_call','done',1,2,0,'{"model":""}',NULL,NULL,'sha256:239c8260a67cd76598a0a2b6584375da5f512174ecc957475a4befdbabe5dabc',0,0,0,0,0,0,NULL,NULL,NULL,1767225600000000,1767225600000000);
INSERT INTO "steps" VALUES('019b76da-a800-7000-8001-000003000003',1,'model_call','failed',1,2,0,'{"model":""}',NULL,NULL,NULL,0,0,0,0,0,0,'upstream_failed','The provider hung up.',NULL,1767225600000000,1767225600000000);
INSERT INTO "steps" VALUES('019b76da-a800-7000-8001-000004000003',1,'model_call','intended',1,2,0,'{"model":""}',NULL,NULL,NULL,0,0,0,0,0,0,NULL,NULL,NULL,1767225600000000,NULL);
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
INSERT INTO "workspace_entries" VALUES('019b76da-a800-7000-8001-000001000003','notes.md',1,'write',0,'019b76da-a800-7000-8001-000001000003',5,1767225600000000,'Notes');
CREATE UNIQUE INDEX bots_by_slug ON bots (slug) WHERE state <> 'deleted';
CREATE INDEX bots_by_age ON bots (created_at, id) WHERE state <> 'deleted';
CREATE INDEX sessions_by_use ON sessions (bot_id, updated_at, id);
CREATE INDEX runs_of_bot ON runs (bot_id, id);
CREATE INDEX runs_of_session ON runs (session_id, id);
CREATE INDEX runs_in_state ON runs (state, id);
CREATE INDEX runs_of_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX agents_of_root ON runs (root_id, depth, id) WHERE depth > 0;
CREATE INDEX attachments_by_age ON attachments (created_at);
CREATE INDEX attachments_of_file ON attachments (hash);
CREATE INDEX messages_of_attachment ON message_attachments (attachment_id);
CREATE INDEX steps_with_output ON steps (output_hash) WHERE output_hash IS NOT NULL;
CREATE INDEX steps_with_input ON steps (input_hash) WHERE input_hash IS NOT NULL;
CREATE INDEX agent_messages_unread ON agent_messages (to_run, position) WHERE taken_step IS NULL;
CREATE INDEX receipts_by_age ON receipts (made_at);
COMMIT;
