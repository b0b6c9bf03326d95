-- +goose Up

ALTER TABLE collection ADD COLUMN availability text NOT NULL DEFAULT '';
COMMENT ON COLUMN collection.availability IS 'CALDAV:calendar-availability of an Inbox: VAVAILABILITY components that say when its owner is available';

-- What somebody declined takes no time, and what is not answered takes it perhaps: busy and tentative of these objects are worked out anew.
UPDATE object SET renew = now() WHERE NOT deleted AND component = 'VEVENT' AND encode(data, 'escape') ~* 'ATTENDEE';

-- +goose Down

ALTER TABLE collection DROP COLUMN availability;
UPDATE object SET renew = now() WHERE NOT deleted AND component = 'VEVENT' AND encode(data, 'escape') ~* 'ATTENDEE';
