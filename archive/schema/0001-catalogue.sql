-- The catalogue. Columns that end in _at_us are microseconds since 1970, other _us are presentation times.

-- What is in a file, wherever it lies. sampled finds candidates quickly; only sha256 tells two contents apart, because
-- recorders that preallocate write files of equal size, head and tail.
CREATE TABLE content (
    id          INTEGER PRIMARY KEY,
    size_bytes  INTEGER NOT NULL,
    sampled     BLOB NOT NULL,
    sha256      BLOB NOT NULL UNIQUE
);
CREATE INDEX content_sampled ON content (sampled);

-- One file. device, inode, size and mtime together are trusted: as long as they hold, nothing is read.
CREATE TABLE video (
    id          INTEGER PRIMARY KEY,
    path        TEXT NOT NULL UNIQUE,                   -- below the catalogue's folder, or absolute
    device      INTEGER NOT NULL,
    inode       INTEGER NOT NULL,
    size_bytes  INTEGER NOT NULL,
    mtime_ns    INTEGER NOT NULL,
    content_id  INTEGER REFERENCES content,             -- NULL: not read yet
    state       INTEGER NOT NULL DEFAULT 0,             -- enum sc_video_state
    -- What lists show and sort by, copied from where it comes from:
    title       TEXT NOT NULL DEFAULT '',
    duration_us INTEGER NOT NULL DEFAULT 0,
    n_events    INTEGER NOT NULL DEFAULT 0,
    cost_usd    REAL NOT NULL DEFAULT 0,
    done_at_us  INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX video_inode ON video (inode, device);      -- a file that was renamed
CREATE INDEX video_content ON video (content_id);       -- the same content elsewhere
CREATE INDEX video_state ON video (state, path);        -- what failed; counts
CREATE INDEX video_title ON video (title, path);        -- and these for lists
CREATE INDEX video_duration ON video (duration_us, path);
CREATE INDEX video_events ON video (n_events, path);
CREATE INDEX video_cost ON video (cost_usd, path);
CREATE INDEX video_mtime ON video (mtime_ns, path);

-- All that an answer depends on beside the content, as text and as its SHA-256.
CREATE TABLE settings (
    id          INTEGER PRIMARY KEY,
    digest      BLOB NOT NULL UNIQUE,
    words       TEXT NOT NULL
);

-- The evidence: events and chosen pictures, packed.
CREATE TABLE look (
    id          INTEGER PRIMARY KEY,
    content_id  INTEGER NOT NULL REFERENCES content ON DELETE CASCADE,
    settings_id INTEGER NOT NULL REFERENCES settings,
    evidence    BLOB NOT NULL,
    duration_us INTEGER NOT NULL,
    n_events    INTEGER NOT NULL,
    UNIQUE (content_id, settings_id)
);

CREATE TABLE answer (
    id          INTEGER PRIMARY KEY,
    content_id  INTEGER NOT NULL REFERENCES content ON DELETE CASCADE,
    settings_id INTEGER NOT NULL REFERENCES settings,
    kind        INTEGER NOT NULL,                       -- enum sc_answer_kind
    question    TEXT NOT NULL DEFAULT '',
    text        TEXT NOT NULL,                          -- of a caption: JSON
    service     TEXT NOT NULL,
    model       TEXT NOT NULL DEFAULT '',
    prompt_version TEXT NOT NULL DEFAULT '',
    request     BLOB,                                   -- SHA-256 of the query without transport
    no_model    INTEGER NOT NULL DEFAULT 0,
    asked_at_us INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL DEFAULT -1,
    output_tokens INTEGER NOT NULL DEFAULT -1,
    cost_usd    REAL NOT NULL DEFAULT -1,               -- < 0: unknown
    UNIQUE (content_id, settings_id)                    -- an answer's identity
);

CREATE INDEX answer_cost ON answer (cost_usd, prompt_tokens, output_tokens);   -- sums

-- What can be searched, each with its time; start_us -1: it is of the whole.
CREATE TABLE passage (
    id          INTEGER PRIMARY KEY,
    answer_id   INTEGER NOT NULL REFERENCES answer ON DELETE CASCADE,
    content_id  INTEGER NOT NULL,
    kind        INTEGER NOT NULL,                       -- enum sc_passage_kind
    start_us    INTEGER NOT NULL,
    end_us      INTEGER NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX passage_answer ON passage (answer_id);
CREATE INDEX passage_content ON passage (content_id);
CREATE INDEX passage_tag ON passage (body COLLATE NOCASE, content_id) WHERE kind = 2;
CREATE VIRTUAL TABLE words USING fts5 (body, content = 'passage', content_rowid = 'id',
                                       tokenize = "unicode61 remove_diacritics 2");

-- The last failure of a file under some settings, gone when it succeeds or the file changes.
CREATE TABLE failure (
    video_id    INTEGER NOT NULL REFERENCES video ON DELETE CASCADE,
    settings_id INTEGER NOT NULL REFERENCES settings,
    class       INTEGER NOT NULL,                       -- enum sc_failure_class
    reason      TEXT NOT NULL,
    tries       INTEGER NOT NULL,
    failed_at_us INTEGER NOT NULL,
    PRIMARY KEY (video_id, settings_id)
) WITHOUT ROWID;

CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    settings_id INTEGER REFERENCES settings,
    host        TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER NOT NULL DEFAULT 0,             -- 0: it goes on, or was killed
    ending      TEXT NOT NULL DEFAULT '',               -- why it ended
    n_found     INTEGER NOT NULL DEFAULT 0,
    n_unchanged INTEGER NOT NULL DEFAULT 0,
    n_done      INTEGER NOT NULL DEFAULT 0,
    n_failed    INTEGER NOT NULL DEFAULT 0,
    n_pictures  INTEGER NOT NULL DEFAULT 0,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cost_usd    REAL NOT NULL DEFAULT 0
);

-- What a run is at: two runs never do the same. Rows of a run that is gone are void.
CREATE TABLE work (
    content_id  INTEGER NOT NULL REFERENCES content ON DELETE CASCADE,
    settings_id INTEGER NOT NULL REFERENCES settings,
    video_id    INTEGER NOT NULL REFERENCES video ON DELETE CASCADE,
    run_id      INTEGER NOT NULL REFERENCES run,
    is_ready    INTEGER NOT NULL DEFAULT 0,             -- 1: looked at, to be asked about; 2: being asked about
    PRIMARY KEY (content_id, settings_id)
) WITHOUT ROWID;
CREATE INDEX work_ready ON work (run_id, is_ready);

-- The files that were written beside videos, with what was in them: nothing else is ever overwritten.
CREATE TABLE sidecar (
    path        TEXT PRIMARY KEY,
    video_id    INTEGER NOT NULL REFERENCES video ON DELETE CASCADE,
    answer_id   INTEGER NOT NULL REFERENCES answer ON DELETE CASCADE,
    format      TEXT NOT NULL,
    sha256      BLOB NOT NULL,
    before      BLOB                                    -- until the write is known to have happened: what was there
) WITHOUT ROWID;
CREATE INDEX sidecar_video ON sidecar (video_id);
CREATE INDEX sidecar_answer ON sidecar (answer_id);
