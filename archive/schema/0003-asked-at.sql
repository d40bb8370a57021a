-- When it was asked: an answer or a failure since then is what came of it, wherever catalogues are joined.
ALTER TABLE asked ADD COLUMN asked_at_us INTEGER NOT NULL DEFAULT 0;
