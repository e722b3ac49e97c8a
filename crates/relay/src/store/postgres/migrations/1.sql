-- The first version. Requests, lanes and webhooks are kept as JSON, with what is searched for beside it.
-- Times are milliseconds since the Unix epoch, amounts yoctoNEAR.

CREATE TABLE keyway_relay.requests (
    id bytea PRIMARY KEY,
    app text NOT NULL,
    -- What the app calls it.
    name text,
    queued_ms bigint,
    ended_ms bigint,
    body text NOT NULL,
    UNIQUE (app, name)
);
CREATE INDEX requests_queued ON keyway_relay.requests (id) WHERE queued_ms IS NOT NULL;
CREATE INDEX requests_ended ON keyway_relay.requests (ended_ms, id) WHERE ended_ms IS NOT NULL;

-- The hash of a delegate action, and the request that may run it.
CREATE TABLE keyway_relay.delegates (
    digest bytea PRIMARY KEY,
    request bytea NOT NULL
);

CREATE TABLE keyway_relay.lanes (
    name text PRIMARY KEY,
    -- Who holds the newest lease, its number, and when it expires.
    owner text,
    number bigint NOT NULL,
    expires_ms bigint NOT NULL,
    body text NOT NULL
);

CREATE TABLE keyway_relay.tallies (
    key text COLLATE "C" PRIMARY KEY,
    spent numeric(39, 0) NOT NULL CHECK (spent >= 0),
    reserved numeric(39, 0) NOT NULL CHECK (reserved >= 0)
);

CREATE TABLE keyway_relay.webhooks (
    id bytea PRIMARY KEY,
    due_ms bigint NOT NULL,
    body text NOT NULL
);
CREATE INDEX webhooks_due ON keyway_relay.webhooks (due_ms);
