-- What is asked in a batch and not answered yet, with what will be wanted of it when the answer comes.
CREATE TABLE asked (
    content_id  INTEGER NOT NULL REFERENCES content ON DELETE CASCADE,
    settings_id INTEGER NOT NULL REFERENCES settings,
    request     BLOB NOT NULL,                          -- SHA-256, as answer has it
    words       TEXT NOT NULL,                          -- what is said in it: [[start_us, end_us, "text"], ...]
    PRIMARY KEY (content_id, settings_id)
) WITHOUT ROWID;
