-- +goose Up

ALTER TABLE principal DROP CONSTRAINT principal_kind_check;
ALTER TABLE principal ADD CONSTRAINT principal_kind_check CHECK (kind IN ('user', 'group', 'room', 'resource', 'public'));
ALTER TABLE principal ADD COLUMN keep_private boolean NOT NULL DEFAULT false;
COMMENT ON TABLE principal IS 'users, groups, rooms and resources, and the owners of public calendars';
COMMENT ON COLUMN principal.keep_private IS 'its private events stay with its clients: they are refused here';

CREATE TABLE delegation (
	owner    bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	delegate bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	writes   boolean NOT NULL,
	PRIMARY KEY (owner, delegate),
	CONSTRAINT delegation_self CHECK (owner <> delegate)
);
CREATE INDEX delegation_delegate ON delegation (delegate);
COMMENT ON TABLE delegation IS 'who may read or also write the calendars of owner in its place: a user, or a group for its members';

-- Kinds: home, calendar, inbox, outbox, attachments, collection, shared, notices. PostgreSQL parses each CHECK of a table anew for each
-- statement: on this one, which every write updates twice, they cost a tenth of a PUT.
ALTER TABLE collection DROP CONSTRAINT collection_kind_check;
ALTER TABLE collection
	ADD COLUMN shared boolean NOT NULL DEFAULT false,
	ADD COLUMN published boolean NOT NULL DEFAULT false,
	ADD COLUMN target_owner bigint,
	ADD COLUMN target bigint;
CREATE INDEX collection_mount ON collection (target_owner, target) WHERE kind = 'shared' AND NOT deleted;
CREATE INDEX collection_granted ON collection USING gin (string_to_array(rights, ' ')) WITH (fastupdate = off)
	WHERE kind <> 'shared' AND NOT deleted AND rights !~ '^((owner|anyone|anonymous) [a-z0-9]+( |$))*$'; -- few: lists that name somebody
COMMENT ON COLUMN collection.shared IS 'it has been offered to others: there are rows in share';
COMMENT ON COLUMN collection.published IS 'anyone can read it who knows a token: there are rows in publication';
COMMENT ON COLUMN collection.target IS
	'of kind shared: the collection of target_owner that this one stands for; its own properties are those of the sharee';

-- What lies in a collection has no foreign key to it: who removes the one removes the other, and the row that each write updates
-- is not to be looked at for their sake.
CREATE TABLE share (
	owner      bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	collection bigint NOT NULL,
	sharee     bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	uid        text COLLATE "C" NOT NULL,
	address    text NOT NULL,
	writes     boolean NOT NULL,
	state      text NOT NULL CHECK (state IN ('invited', 'accepted', 'declined')),
	summary    text NOT NULL DEFAULT '',
	mount      bigint NOT NULL DEFAULT 0,
	created    timestamptz NOT NULL,
	modified   timestamptz NOT NULL,
	PRIMARY KEY (owner, collection, sharee)
);
CREATE INDEX share_sharee ON share (sharee);
CREATE INDEX share_uid ON share (uid);
COMMENT ON TABLE share IS 'invitations to share a calendar, and what became of them';
COMMENT ON COLUMN share.mount IS 'the collection of kind shared in the home of the sharee; 0: none';

CREATE TABLE overlay (
	owner    bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	mount    bigint NOT NULL,
	name     text COLLATE "C" NOT NULL,
	object   bigint NOT NULL,
	modseq   bigint NOT NULL,
	modified timestamptz NOT NULL,
	data     bytea NOT NULL,
	PRIMARY KEY (owner, mount, name)
);
CREATE INDEX overlay_modseq ON overlay (owner, mount, modseq) WHERE modseq > 0; -- for one query, as those of object
CREATE INDEX overlay_tombstone ON overlay (modified) WHERE data = '';
COMMENT ON TABLE overlay IS 'what a sharee keeps for itself of an object in a shared calendar: its alarms; one that was removed stays, emptied';
COMMENT ON COLUMN overlay.object IS 'id of the object it belongs to: another of the same name has none of it';
COMMENT ON COLUMN overlay.modseq IS 'of the home of the sharee';

CREATE TABLE publication (
	token      text COLLATE "C" NOT NULL,
	owner      bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	collection bigint NOT NULL,
	busy_only  boolean NOT NULL,
	secret     boolean NOT NULL,
	created    timestamptz NOT NULL,
	CONSTRAINT publication_token_key PRIMARY KEY (token)
);
CREATE INDEX publication_collection ON publication (owner, collection);
COMMENT ON TABLE publication IS 'calendars that anyone can read who knows the token';

CREATE TABLE lock (
	owner      bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	token      text COLLATE "C" NOT NULL,
	collection text COLLATE "C" NOT NULL,
	object     text COLLATE "C" NOT NULL,
	holder     bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	shared     boolean NOT NULL,
	deep       boolean NOT NULL,
	info       text NOT NULL DEFAULT '',
	created    timestamptz NOT NULL,
	expires    timestamptz NOT NULL,
	CONSTRAINT lock_token_key PRIMARY KEY (owner, token)
);
CREATE INDEX lock_holder ON lock (holder);
CREATE INDEX lock_expires ON lock (expires);
COMMENT ON TABLE lock IS 'WebDAV locks in the home of owner, on names: what is locked need not exist';

-- Each listing reads the class, so it stands before the columns that have no fixed length: the table is made anew. Of objects as clients
-- send them it is the strictest of any component: lines may be folded, a class that is not known is private.
ALTER TABLE object RENAME TO object_before;
CREATE TABLE object (
	owner        bigint NOT NULL,
	collection   bigint NOT NULL,
	id           bigint NOT NULL,
	modseq       bigint NOT NULL,
	size         integer NOT NULL,
	deleted      boolean NOT NULL DEFAULT false,
	floating     boolean NOT NULL DEFAULT false,
	class        smallint NOT NULL DEFAULT 0,
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
	data         bytea NOT NULL
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE object ALTER COLUMN data SET STORAGE EXTERNAL;
INSERT INTO object (owner, collection, id, modseq, size, deleted, floating, class, created, modified, name, uid, component, etag, schedule_tag,
	occurs, busy, tentative, exact, renew, props, data)
SELECT owner, collection, id, modseq, size, deleted, floating,
	CASE
		WHEN lines ~* '\nCLASS(;([^:"\n]|"[^"\n]*")*)?:(?!(PUBLIC|CONFIDENTIAL)\r?(\n|$))' THEN 2
		WHEN lines ~* '\nCLASS(;([^:"\n]|"[^"\n]*")*)?:CONFIDENTIAL' THEN 1
		ELSE 0
	END,
	created, modified, name, uid, component, etag, schedule_tag, occurs, busy, tentative, exact, renew, props, data
FROM object_before, LATERAL (SELECT regexp_replace(encode(data, 'escape'), '\r?\n[ \t]', '', 'g') AS lines) AS unfolded;
DROP TABLE object_before;
ALTER TABLE object ADD CONSTRAINT object_name_key PRIMARY KEY (owner, collection, name);
CREATE UNIQUE INDEX object_uid_key ON object (collection, uid) WHERE NOT deleted AND uid <> '';
CREATE INDEX object_modseq ON object (collection, modseq) WHERE modseq > 0;
CREATE INDEX object_occurs ON object USING gist (collection, occurs) WHERE NOT deleted AND NOT isempty(occurs);
CREATE INDEX object_floating ON object (collection, id) WHERE NOT deleted AND floating;
CREATE INDEX object_renew ON object (renew) WHERE NOT deleted AND renew IS NOT NULL;
CREATE INDEX object_tombstone ON object (modified) WHERE deleted;
COMMENT ON TABLE object IS 'calendar object resources; a deleted one stays, emptied, until sync_floor passes its modseq';
COMMENT ON COLUMN object.id IS 'the modseq it was created with, so unique in its home';
COMMENT ON COLUMN object.class IS 'how much of it others are shown: 0 all (PUBLIC), 1 that and when it is (CONFIDENTIAL), 2 likewise (PRIVATE)';
COMMENT ON COLUMN object.occurs IS 'when its instances happen, in separate ranges; what goes on without end does so here too';
COMMENT ON COLUMN object.renew IS 'when exact has to move on with the time';
COMMENT ON COLUMN object.props IS 'properties that clients set on the object; NULL: none';
COMMENT ON COLUMN object.busy IS 'when they take time (BUSY); tentative: likewise BUSY-TENTATIVE';
COMMENT ON COLUMN object.exact IS
	'inside of it occurs, busy and tentative are exact; outside occurs is too much and the others are missing; NULL: exact everywhere';

-- Who has the default rights gets the new ones, which are those of the documentation of Cyrus.
UPDATE collection c
SET rights = CASE
	WHEN p.kind = 'group' AND c.kind IN ('home', 'calendar', 'collection') THEN 'group:' || p.name || ' lrwipkxtn9 anyone 9'
	WHEN c.kind = 'attachments' THEN 'owner lrwipkxtan anyone lr'
	WHEN c.kind = 'inbox' THEN 'owner lrwipkxtan789 anyone 789'
	WHEN c.kind = 'outbox' THEN 'owner lrwipkxtan789'
	ELSE 'owner lrwipkxtan9 anyone 9'
END
FROM principal p
WHERE p.id = c.owner AND c.rights = CASE
	WHEN c.kind = 'attachments' THEN 'owner lrwipkxtane'
	WHEN c.kind IN ('inbox', 'outbox') THEN 'owner lrwipkxtane789'
	ELSE 'owner lrwipkxtane9'
END;

INSERT INTO collection (owner, name, kind, modseq, self_seq, created, modified, rights)
SELECT h.owner,
	'Notifications' || CASE
		WHEN EXISTS (SELECT FROM collection o WHERE o.owner = h.owner AND o.name = 'Notifications' AND NOT o.deleted) THEN '-' || gen_random_uuid()
		ELSE ''
	END,
	'notices', h.modseq + 1, h.modseq + 1, now(), now(), 'owner lrwipkxtan'
FROM collection h JOIN principal p ON p.id = h.owner
WHERE h.kind = 'home' AND p.kind = 'user';

UPDATE collection SET modseq = modseq + 1 WHERE kind = 'home';
SELECT pg_notify('convene', '{"k":"everything"}'); -- nodes of the release before read all homes again

-- +goose Down

DROP TABLE delegation, share, overlay, publication, lock;

DELETE FROM object o USING collection c WHERE o.owner = c.owner AND o.collection = c.id AND c.kind IN ('shared', 'notices');
DELETE FROM collection WHERE kind IN ('shared', 'notices');
DELETE FROM object WHERE owner IN (SELECT id FROM principal WHERE kind = 'public');
DELETE FROM principal WHERE kind = 'public';

ALTER TABLE object DROP COLUMN class;
DROP INDEX collection_granted, collection_mount;
ALTER TABLE collection
	DROP COLUMN shared,
	DROP COLUMN published,
	DROP COLUMN target_owner,
	DROP COLUMN target;
ALTER TABLE collection ADD CONSTRAINT collection_kind_check
	CHECK (kind IN ('home', 'calendar', 'inbox', 'outbox', 'attachments', 'collection'));

UPDATE collection c
SET rights = CASE
	WHEN c.kind = 'attachments' THEN 'owner lrwipkxtane'
	WHEN c.kind IN ('inbox', 'outbox') THEN 'owner lrwipkxtane789'
	ELSE 'owner lrwipkxtane9'
END
FROM principal p
WHERE p.id = c.owner AND c.rights = CASE
	WHEN p.kind = 'group' AND c.kind IN ('home', 'calendar', 'collection') THEN 'group:' || p.name || ' lrwipkxtn9 anyone 9'
	WHEN c.kind = 'attachments' THEN 'owner lrwipkxtan anyone lr'
	WHEN c.kind = 'inbox' THEN 'owner lrwipkxtan789 anyone 789'
	WHEN c.kind = 'outbox' THEN 'owner lrwipkxtan789'
	ELSE 'owner lrwipkxtan9 anyone 9'
END;

-- In the other lists, 5 and 6 were not known, and t did nothing without e.
UPDATE collection c
SET rights = (
	SELECT coalesce(string_agg(who || ' ' || letters, ' ' ORDER BY n), '')
	FROM (
		SELECT n, who, CASE WHEN letters LIKE '%t%' AND letters NOT LIKE '%e%' THEN letters || 'e' ELSE letters END AS letters
		FROM (
			SELECT n, words[2 * n - 1] AS who, translate(words[2 * n], '56', '') AS letters
			FROM string_to_array(c.rights, ' ') AS words, generate_series(1, cardinality(words) / 2) AS n) AS pair
		WHERE letters <> '') AS known)
WHERE rights LIKE '%5%' OR rights LIKE '%6%' OR rights LIKE '%t%';

UPDATE collection SET modseq = modseq + 1 WHERE kind = 'home';

ALTER TABLE principal DROP CONSTRAINT principal_kind_check;
ALTER TABLE principal ADD CONSTRAINT principal_kind_check CHECK (kind IN ('user', 'group', 'room', 'resource'));
ALTER TABLE principal DROP COLUMN keep_private;
COMMENT ON TABLE principal IS 'users, groups, rooms and resources';
