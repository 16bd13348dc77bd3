-- 0002_feed.sql - the change feed: see db/feed.h.

CREATE TABLE feed ( -- written by triggers, in the statements of others: no constraint aborts (see items)
    scope      TEXT NOT NULL ON CONFLICT FAIL, -- who hears of it: '<event>/public', '<event>/organizers', 'team/<team>', 'user/<participant>'
    collection TEXT NOT NULL ON CONFLICT FAIL,
    doc_id     TEXT NOT NULL ON CONFLICT FAIL,
    seq        INTEGER, -- of its newest change, taken inside the write transaction
    visible    INTEGER, -- 1, or it is gone from this scope
    PRIMARY KEY (doc_id, collection, scope) ON CONFLICT FAIL -- ids rise with time as a rule: a commit's entries stand together
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_by_scope ON feed (scope, seq, collection, doc_id, visible);
