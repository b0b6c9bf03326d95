// tsdav, the client library of many web calendars: account, calendars, objects, sync, queries.
// URL and DAV in the environment, as for the shell tests.
import { createRequire } from 'node:module';

const { createDAVClient, DAVNamespaceShort } = createRequire(import.meta.url)('tsdav');
const { URL: base, DAV } = process.env;
const user = 'user08';
const home = `${base}${DAV}/${user}/`;

const ok = (name) => console.log(`ok    tsdav: ${name}`);
const bad = (name, ...detail) =>
  console.log([`FAIL  tsdav: ${name}`, ...detail.map((d) => `        ${typeof d === 'string' ? d : JSON.stringify(d)}`)].join('\n'));
const equal = (name, got, want) => (JSON.stringify(got) === JSON.stringify(want) ? ok(name) : bad(name, 'got:', got, 'want:', want));
const check = (name, condition, detail = '') => (condition ? ok(name) : bad(name, detail));

// What the server holds, without the library.
const authorization = 'Basic ' + Buffer.from(`${user}:${user}`).toString('base64');
const raw = async (url) => (await fetch(url, { headers: { authorization } })).text();
const etag = async (url) => (await fetch(url, { headers: { authorization } })).headers.get('etag');

const event = (uid, summary, start, ...lines) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//convene//client tests//EN', 'BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20270101T000000Z',
    `DTSTART:${start}`, 'DURATION:PT1H', `SUMMARY:${summary}`, ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
const paths = (objects) => objects.map((o) => new URL(o.url, base).pathname.split('/').pop()).sort();

async function main() {
  const client = await createDAVClient({
    serverUrl: base, credentials: { username: user, password: user }, authMethod: 'Basic', defaultAccountType: 'caldav',
  });
  const account = await client.createAccount({ account: { serverUrl: base, accountType: 'caldav' } });
  equal('createAccount: principal', new URL(account.principalUrl).pathname, DAV.replace('calendars', 'principals') + `/${user}/`);
  equal('createAccount: home', account.homeUrl, home);

  const made = await client.makeCalendar({ url: `${home}web/`, props: { displayname: 'Web & more' } });
  check('makeCalendar', made.every((r) => r.ok), made);
  let calendars = await client.fetchCalendars();
  equal('fetchCalendars', calendars.map((c) => new URL(c.url, base).pathname).sort(), [`${DAV}/${user}/Default/`, `${DAV}/${user}/web/`]);
  let calendar = calendars.find((c) => c.url.endsWith('/web/'));
  equal('fetchCalendars: name', calendar.displayName, 'Web & more');
  check('fetchCalendars: ctag and token', calendar.ctag && calendar.syncToken, calendar);
  check('fetchCalendars: components', calendar.components.includes('VEVENT'), calendar.components);
  check('fetchCalendars: reports', calendar.reports.includes('syncCollection') && calendar.reports.includes('calendarQuery'), calendar.reports);

  // Objects.
  const text = event('ts-1', 'From the web', '20270310T090000Z', 'X-KEEP;X-P=1:me');
  let response = await client.createCalendarObject({ calendar, iCalString: text, filename: 'one.ics' });
  equal('createCalendarObject', response.status, 201);
  equal('createCalendarObject: stored as sent', await raw(`${home}web/one.ics`), text);
  equal('createCalendarObject: a second one of that name', (await client.createCalendarObject({ calendar, iCalString: text, filename: 'one.ics' })).status, 412);
  await client.createCalendarObject({ calendar, iCalString: event('ts-2', 'Series', '20270301T080000Z', 'RRULE:FREQ=WEEKLY;COUNT=10'), filename: 'two.ics' });
  let objects = await client.fetchCalendarObjects({ calendar });
  equal('fetchCalendarObjects', paths(objects), ['one.ics', 'two.ics']);
  check('fetchCalendarObjects: data', objects.some((o) => o.data.includes('SUMMARY:From the web')), objects);
  const one = objects.find((o) => o.url.endsWith('one.ics'));
  equal('fetchCalendarObjects: ETag', one.etag, await etag(`${home}web/one.ics`));
  response = await client.updateCalendarObject({ calendarObject: { ...one, data: event('ts-1', 'Edited', '20270310T100000Z') } });
  equal('updateCalendarObject', response.status, 204);
  check('updateCalendarObject: on the server', (await raw(`${home}web/one.ics`)).includes('SUMMARY:Edited'));
  equal('updateCalendarObject: with the old ETag', (await client.updateCalendarObject({ calendarObject: { ...one, data: text } })).status, 412);
  check('updateCalendarObject: nothing happened', (await raw(`${home}web/one.ics`)).includes('SUMMARY:Edited'));

  // Queries.
  const range = (start, end) => client.fetchCalendarObjects({ calendar, timeRange: { start, end } });
  equal('time range', paths(await range('2027-03-10T00:00:00Z', '2027-03-11T00:00:00Z')), ['one.ics']);
  equal('time range with an instance of a series', paths(await range('2027-04-05T00:00:00Z', '2027-04-06T00:00:00Z')), ['two.ics']);
  const expanded = await client.fetchCalendarObjects({ calendar, timeRange: { start: '2027-04-01T00:00:00Z', end: '2027-04-13T00:00:00Z' }, expand: true });
  check('expand', expanded.length === 1 && (expanded[0].data.match(/BEGIN:VEVENT/g) ?? []).length === 2 && !expanded[0].data.includes('RRULE'), expanded);
  const queried = await client.calendarQuery({
    url: calendar.url, depth: '1', props: { [`${DAVNamespaceShort.DAV}:getetag`]: {} },
    filters: { 'comp-filter': { _attributes: { name: 'VCALENDAR' }, 'comp-filter': { _attributes: { name: 'VEVENT' },
      'prop-filter': { _attributes: { name: 'SUMMARY' }, 'text-match': 'serie' } } } },
  });
  equal('calendarQuery by text', queried.map((r) => r.href.split('/').pop()), ['two.ics']);
  const multiget = (...names) => client.calendarMultiGet({
    url: calendar.url, depth: '1', objectUrls: names.map((name) => `${DAV}/${user}/web/${name}`),
    props: { [`${DAVNamespaceShort.DAV}:getetag`]: {}, [`${DAVNamespaceShort.CALDAV}:calendar-data`]: {} },
  });
  equal('calendarMultiGet', (await multiget('two.ics', 'one.ics')).map((r) => r.href.split('/').pop()).sort(), ['one.ics', 'two.ics']);
  check('calendarMultiGet with one that is not there', await multiget('one.ics', 'none.ics').then(() => false, (error) => String(error).includes('404')));
  const busy = await client.freeBusyQuery({ url: calendar.url, depth: '1', timeRange: { start: '2027-03-10T00:00:00Z', end: '2027-03-11T00:00:00Z' } });
  check('freeBusyQuery', String(busy.raw ?? JSON.stringify(busy)).includes('20270310T100000Z'), busy);

  // Synchronisation: what changed since the calendar was last looked at.
  calendar = {
    ...(await client.fetchCalendars()).find((c) => c.url.endsWith('/web/')),
    objects: await client.fetchCalendarObjects({ calendar }),
    objectMultiGet: client.calendarMultiGet,
    fetchObjects: ({ collection }) => client.fetchCalendarObjects({ calendar: collection }),
  };
  equal('isCollectionDirty: no', (await client.isCollectionDirty({ collection: calendar })).isDirty, false);
  await fetch(`${home}web/three.ics`, { method: 'PUT', headers: { authorization, 'content-type': 'text/calendar' }, body: event('ts-3', 'New', '20270312T090000Z') });
  await fetch(`${home}web/one.ics`, { method: 'PUT', headers: { authorization, 'content-type': 'text/calendar' }, body: event('ts-1', 'Edited elsewhere', '20270310T100000Z') });
  await fetch(`${home}web/two.ics`, { method: 'DELETE', headers: { authorization } });
  equal('isCollectionDirty: yes', (await client.isCollectionDirty({ collection: calendar })).isDirty, true);
  for (const method of ['webdav', 'basic']) {
    const delta = await client.smartCollectionSync({ collection: calendar, method, detailedResult: true, account });
    equal(`sync (${method}): created`, paths(delta.objects.created), ['three.ics']);
    equal(`sync (${method}): updated`, paths(delta.objects.updated), ['one.ics']);
    equal(`sync (${method}): deleted`, paths(delta.objects.deleted), ['two.ics']);
    check(`sync (${method}): data`, delta.objects.updated[0]?.data?.includes('SUMMARY:Edited elsewhere'), delta.objects.updated);
  }
  const synced = await client.smartCollectionSync({ collection: calendar, method: 'webdav', account });
  equal('sync: what is held now', paths(synced.objects), ['one.ics', 'three.ics']);
  const report = await client.syncCollection({ url: calendar.url, props: { [`${DAVNamespaceShort.DAV}:getetag`]: {} }, syncLevel: 1, syncToken: calendar.syncToken });
  equal('syncCollection', report.map((r) => [r.href.split('/').pop(), r.status]).sort(), [['one.ics', 207], ['three.ics', 207], ['two.ics', 404]]);
  const all = await client.syncCalendars({ oldCalendars: [calendar], detailedResult: true });
  check('syncCalendars', all.updated.some((c) => c.url.endsWith('/web/')) && all.created.some((c) => c.url.endsWith('/Default/')), all);

  // The end.
  const now = (await client.fetchCalendarObjects({ calendar })).find((o) => o.url.endsWith('three.ics'));
  equal('deleteCalendarObject with an old ETag', (await client.deleteCalendarObject({ calendarObject: { ...now, etag: '"old"' } })).status, 412);
  equal('deleteCalendarObject', (await client.deleteCalendarObject({ calendarObject: now })).status, 204);
  equal('deleted on the server', (await fetch(`${home}web/three.ics`, { headers: { authorization } })).status, 404);
}

try {
  await main();
  ok('runs to its end');
} catch (error) {
  bad('runs to its end', String(error.stack));
  process.exitCode = 1;
}
