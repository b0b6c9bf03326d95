-- +goose Up

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE setting (
	key   text PRIMARY KEY,
	value text NOT NULL
);
COMMENT ON TABLE setting IS 'what is the same for all nodes of the server';

CREATE TABLE node (
	id      bigint PRIMARY KEY,
	started timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE node IS
	'processes that listen for changes; each holds the advisory lock of its id while it lives';

CREATE TABLE principal (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind         text NOT NULL CHECK (kind IN ('user', 'group', 'room', 'resource')),
	name         text COLLATE "C" NOT NULL,
	display_name text NOT NULL DEFAULT '',
	folded       text COLLATE "C" NOT NULL,
	admin        boolean NOT NULL DEFAULT false,
	disabled     boolean NOT NULL DEFAULT false,
	timezone     text NOT NULL DEFAULT '',
	created      timestamptz NOT NULL,
	modified     timestamptz NOT NULL,
	CONSTRAINT principal_name_key UNIQUE (name)
);
COMMENT ON TABLE principal IS 'users, groups, rooms and resources';
COMMENT ON COLUMN principal.folded IS 'display_name, or else name, in lower case, to search in; the locale of the database need not know the language';

CREATE TABLE address (
	address   text COLLATE "C" NOT NULL,
	principal bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	position  integer NOT NULL,
	CONSTRAINT address_key PRIMARY KEY (address)
);
CREATE INDEX address_principal ON address (principal);
COMMENT ON TABLE address IS 'calendar user addresses, normalised; position 0 is the preferred one';

CREATE TABLE membership (
	grp    bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	member bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	PRIMARY KEY (grp, member)
);
CREATE INDEX membership_member ON membership (member);
COMMENT ON TABLE membership IS 'direct members of groups; a member may be a group, but never one that contains grp';

CREATE TABLE credential (
	owner     bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	id        bigint GENERATED ALWAYS AS IDENTITY,
	kind      text NOT NULL CHECK (kind IN ('password', 'app')),
	label     text NOT NULL DEFAULT '',
	hash      text NOT NULL,
	created   timestamptz NOT NULL,
	last_used timestamptz,
	expires   timestamptz,
	PRIMARY KEY (owner, id)
);
CREATE UNIQUE INDEX credential_password ON credential (owner) WHERE kind = 'password';
COMMENT ON TABLE credential IS 'hashes of the password and the app passwords of a principal';

CREATE TABLE login_failure (
	key     text PRIMARY KEY,
	count   integer NOT NULL,
	latest  timestamptz NOT NULL,
	blocked timestamptz NOT NULL
);
COMMENT ON TABLE login_failure IS 'failed logins in a row by account or address, and until when the next is refused';

CREATE TABLE collection (
	owner        bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	id           bigint GENERATED ALWAYS AS IDENTITY,
	name         text COLLATE "C" NOT NULL,
	kind         text NOT NULL CHECK (kind IN ('home', 'calendar', 'inbox', 'outbox', 'attachments', 'collection')),
	modseq       bigint NOT NULL,
	self_seq     bigint NOT NULL,
	sync_floor   bigint NOT NULL DEFAULT 0,
	objects      bigint NOT NULL DEFAULT 0,
	bytes        bigint NOT NULL DEFAULT 0,
	deleted      boolean NOT NULL DEFAULT false,
	transparent  boolean NOT NULL DEFAULT false,
	max_bytes    bigint NOT NULL DEFAULT 0,
	created      timestamptz NOT NULL,
	modified     timestamptz NOT NULL,
	display_name text,
	description  text,
	color        text,
	sort_order   text,
	components   text[] NOT NULL DEFAULT '{}',
	timezone     text NOT NULL DEFAULT '',
	rights       text NOT NULL,
	props        jsonb NOT NULL DEFAULT '[]',
	PRIMARY KEY (owner, id)
) WITH (fillfactor = 50); -- each write in a collection updates its row and the home's: in place, given room
CREATE UNIQUE INDEX collection_home_key ON collection (owner) WHERE kind = 'home';
CREATE UNIQUE INDEX collection_name_key ON collection (owner, name) WHERE NOT deleted;
COMMENT ON TABLE collection IS 'the collections of each home, and the home itself (kind home, name empty); deleted ones stay for the sync of the home';
COMMENT ON COLUMN collection.modseq IS 'of the last change of it or in it; of a home: the counter that all of them are taken from';
COMMENT ON COLUMN collection.self_seq IS 'modseq of the last change of the collection itself: created, renamed, deleted, properties';
COMMENT ON COLUMN collection.objects IS 'how many objects there are in it; bytes: their size together';
COMMENT ON COLUMN collection.sync_floor IS 'tombstones up to this modseq may be gone';

-- An object has no foreign key: its collection's row is locked and updated by whoever writes it, and looking it up once
-- more for each object would cost a write a tenth of its time.
CREATE TABLE object (
	owner        bigint NOT NULL,
	collection   bigint NOT NULL,
	id           bigint NOT NULL,
	modseq       bigint NOT NULL,
	size         integer NOT NULL,
	deleted      boolean NOT NULL DEFAULT false,
	floating     boolean NOT NULL DEFAULT false,
	created      timestamptz NOT NULL,
	modified     timestamptz NOT NULL,
	name         text COLLATE "C" NOT NULL,
	uid          text COLLATE "C" NOT NULL,
	component    text NOT NULL,
	etag         text NOT NULL,
	schedule_tag text NOT NULL,
	occurs       tstzmultirange NOT NULL,
	busy         tstzmultirange NOT NULL,
	tentative    tstzmultirange NOT NULL,
	exact        tstzrange,
	renew        timestamptz,
	props        jsonb,
	data         bytea NOT NULL,
	CONSTRAINT object_name_key PRIMARY KEY (owner, collection, name)
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE object ALTER COLUMN data SET STORAGE EXTERNAL;
COMMENT ON TABLE object IS 'calendar object resources; a deleted one stays, emptied, until sync_floor passes its modseq';
COMMENT ON COLUMN object.id IS 'the modseq it was created with, so unique in its home';
COMMENT ON COLUMN object.occurs IS 'when its instances happen, in separate ranges; what goes on without end does so here too';
COMMENT ON COLUMN object.renew IS 'when exact has to move on with the time';
COMMENT ON COLUMN object.props IS 'properties that clients set on the object; NULL: none';
COMMENT ON COLUMN object.busy IS 'when they take time (BUSY); tentative: likewise BUSY-TENTATIVE';
COMMENT ON COLUMN object.exact IS
	'inside of it occurs, busy and tentative are exact; outside occurs is too much and the others are missing; NULL: exact everywhere';

-- Each index below serves one query, and has a predicate that this query alone implies. The planner, which has no
-- statistics of a young table and keeps a plan for long, can then not take another index for it. For the same reason only
-- the queries that go by the primary key name the owner.
CREATE UNIQUE INDEX object_uid_key ON object (collection, uid) WHERE NOT deleted AND uid <> '';
CREATE INDEX object_modseq ON object (collection, modseq) WHERE modseq > 0;
CREATE INDEX object_occurs ON object USING gist (collection, occurs) WHERE NOT deleted AND NOT isempty(occurs);
CREATE INDEX object_floating ON object (collection, id) WHERE NOT deleted AND floating;
CREATE INDEX object_renew ON object (renew) WHERE NOT deleted AND renew IS NOT NULL;
CREATE INDEX object_tombstone ON object (modified) WHERE deleted;

-- +goose Down

DROP TABLE object, collection, login_failure, credential, membership, address, principal, node, setting;
