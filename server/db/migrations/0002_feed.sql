-- 0002_feed.sql - the change feed: see db/feed.h.

CREATE TABLE feed (
    scope      TEXT NOT NULL,    -- who hears of it: '<event>/public', '<event>/organizers', 'team/<team>', 'user/<participant>'
    collection TEXT NOT NULL,
    doc_id     TEXT NOT NULL,
    seq        INTEGER NOT NULL, -- of its newest change, taken inside the write transaction
    visible    INTEGER NOT NULL, -- 0: gone from this scope
    PRIMARY KEY (doc_id, collection, scope) -- ids rise with time as a rule: a commit's entries stand together
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_by_scope ON feed (scope, seq, collection, doc_id, visible);
