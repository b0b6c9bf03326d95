-- +goose Up

ALTER TABLE principal
	ADD COLUMN capacity integer NOT NULL DEFAULT 0,
	ADD COLUMN location text NOT NULL DEFAULT '',
	ADD COLUMN features text[] NOT NULL DEFAULT '{}',
	ADD COLUMN manager bigint CONSTRAINT principal_manager_fkey REFERENCES principal ON DELETE SET NULL,
	ADD COLUMN policy text NOT NULL DEFAULT '';
CREATE INDEX principal_manager ON principal (manager) WHERE manager IS NOT NULL;
COMMENT ON COLUMN principal.capacity IS 'how many bookings of it there may be at a time; 0: one';
COMMENT ON COLUMN principal.location IS 'where a room or resource is to be found';
COMMENT ON COLUMN principal.features IS 'what a room or resource has to offer';
COMMENT ON COLUMN principal.manager IS 'who decides on bookings that its policy does not; NULL: nobody';
COMMENT ON COLUMN principal.policy IS 'how invitations are answered for it; empty: by nobody but its owner';

ALTER TABLE collection
	ADD COLUMN default_calendar bigint NOT NULL DEFAULT 0,
	ADD COLUMN unscheduled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN collection.default_calendar IS
	'of an Inbox: where events go that its owner is invited to; 0, or a calendar that is gone: wherever the server thinks fit';
COMMENT ON COLUMN collection.unscheduled IS 'nothing that is written here is sent to anybody, and nothing is delivered here';

-- The rows of job, trace and outgoing are written by transactions that hold homes, and go with their owner when it is deleted. They have no
-- foreign key to it: that would lock the rows of principals, in any order, and look each up once more.
CREATE TABLE job (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind     text COLLATE "C" NOT NULL,
	key      text COLLATE "C" NOT NULL,
	owner    bigint NOT NULL,
	attempts integer NOT NULL DEFAULT 0,
	created  timestamptz NOT NULL,
	due      timestamptz NOT NULL,
	error    text NOT NULL DEFAULT '',
	data     bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX job_due ON job (due);
CREATE INDEX job_owner ON job (owner);
CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE key <> '';
COMMENT ON TABLE job IS 'work that follows from what is committed; a job is removed by the transaction that did it';
COMMENT ON COLUMN job.key IS 'of jobs of one kind and key only one waits; empty: of as many as there are';
COMMENT ON COLUMN job.due IS 'when it is to be run, or run again: whoever takes it moves this on by the time that it has for it';
COMMENT ON COLUMN job.error IS 'why the last attempt failed; empty: none has';

CREATE TABLE trace (
	id        bigint GENERATED ALWAYS AS IDENTITY,
	at        timestamptz NOT NULL,
	owner     bigint NOT NULL,
	sequence  integer NOT NULL,
	quiet     boolean NOT NULL,
	actor     text NOT NULL,
	uid       text COLLATE "C" NOT NULL,
	sender    text NOT NULL,
	recipient text NOT NULL,
	method    text NOT NULL,
	rule      text NOT NULL,
	outcome   text NOT NULL,
	status    text NOT NULL,
	instances text[] NOT NULL
);
CREATE INDEX trace_uid ON trace (uid);
CREATE INDEX trace_at ON trace (at);
CREATE INDEX trace_owner ON trace (owner);
COMMENT ON TABLE trace IS 'each scheduling message: whose calendar it changed or would have, and by which rule; kept for a while';
COMMENT ON COLUMN trace.quiet IS 'nobody was told: an answer of another attendee, taken over';
COMMENT ON COLUMN trace.instances IS 'RECURRENCE-IDs of the instances it is about; empty: all';

CREATE TABLE outgoing (
	id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	identity  text COLLATE "C" NOT NULL,
	owner     bigint NOT NULL,
	sequence  integer NOT NULL,
	attempts  integer NOT NULL DEFAULT 0,
	stamp     timestamptz NOT NULL,
	created   timestamptz NOT NULL,
	updated   timestamptz NOT NULL,
	uid       text COLLATE "C" NOT NULL,
	sender    text NOT NULL,
	recipient text NOT NULL,
	method    text NOT NULL,
	state     text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'kept')),
	status    text NOT NULL DEFAULT '',
	instances text[] NOT NULL,
	data      bytea NOT NULL,
	CONSTRAINT outgoing_identity_key UNIQUE (identity)
);
ALTER TABLE outgoing ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX outgoing_uid ON outgoing (uid);
CREATE INDEX outgoing_owner ON outgoing (owner);
CREATE INDEX outgoing_updated ON outgoing (updated) WHERE state <> 'waiting';
COMMENT ON TABLE outgoing IS 'scheduling messages to people elsewhere, and what became of them';
COMMENT ON COLUMN outgoing.identity IS 'hash of owner, uid, recipient, method, sequence, stamp and instances: a message is written down once';
COMMENT ON COLUMN outgoing.stamp IS 'its DTSTAMP';

CREATE TABLE booking (
	room     bigint NOT NULL REFERENCES principal ON DELETE CASCADE,
	unit     integer NOT NULL,
	during   tstzrange NOT NULL,
	uid      text COLLATE "C" NOT NULL,
	instance text COLLATE "C" NOT NULL,
	booker   text COLLATE "C" NOT NULL,
	held     timestamptz,
	made     timestamptz NOT NULL,
	CONSTRAINT booking_free EXCLUDE USING gist (room WITH =, unit WITH =, during WITH &&),
	CONSTRAINT booking_bounded CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during))
);
CREATE UNIQUE INDEX booking_instance ON booking (room, uid, instance) WHERE held IS NULL;
CREATE INDEX booking_uid ON booking (room, uid);
COMMENT ON TABLE booking IS 'when rooms and resources are taken: a row for each instance, in one of as many units as there may be bookings at a time';
COMMENT ON COLUMN booking.instance IS 'its RECURRENCE-ID in UTC; empty: of what does not recur';
COMMENT ON COLUMN booking.booker IS 'calendar user address of the organizer; empty: whoever wrote into the calendar';
COMMENT ON COLUMN booking.held IS 'until when a slot that was offered is kept; NULL: it is booked';

CREATE TABLE booking_horizon (
	room  bigint PRIMARY KEY REFERENCES principal ON DELETE CASCADE,
	until timestamptz NOT NULL
);
COMMENT ON TABLE booking_horizon IS 'up to when all that is in the calendars of a room has its bookings; without a row nothing was looked at yet';

-- +goose Down

DROP TABLE booking_horizon, booking, outgoing, trace, job;
ALTER TABLE collection
	DROP COLUMN default_calendar,
	DROP COLUMN unscheduled;
ALTER TABLE principal
	DROP COLUMN capacity,
	DROP COLUMN location,
	DROP COLUMN features,
	DROP COLUMN manager,
	DROP COLUMN policy;
