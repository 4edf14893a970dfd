CREATE TABLE IF NOT EXISTS ferryman.chain (
    migration text NOT NULL REFERENCES ferryman.migration,
    seq bigint NOT NULL,
    hash text NOT NULL,
    entry text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, seq)
);
COMMENT ON TABLE ferryman.chain IS 'Ferryman: the audit chain of each migration, as it is in Redis; hash is the SHA-256 of the entry with an empty hash in it';

CREATE TABLE IF NOT EXISTS ferryman.state (
    migration text PRIMARY KEY REFERENCES ferryman.migration,
    seq bigint NOT NULL,
    doc json NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE ferryman.state IS 'Ferryman: what is known of each migration, for the day on which Redis is lost';

ALTER TABLE ferryman.migration ADD COLUMN IF NOT EXISTS profile text NOT NULL DEFAULT '';
ALTER TABLE ferryman.migration ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT '';
ALTER TABLE ferryman.migration ADD COLUMN IF NOT EXISTS opened_by text NOT NULL DEFAULT '';
