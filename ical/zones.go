package ical

import (
	"archive/zip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// zoneArchive is lib/time/zoneinfo.zip of Go 1.26.8: the IANA time zone database 2025c (public domain). It is embedded,
// so that all nodes agree whatever the system they run on has.
//
//go:embed zoneinfo.zip
var zoneArchive string

// zoneEntry is one zone of the archive, loaded when it is first asked for.
type zoneEntry struct {
	name string
	data string // TZif (RFC 9636)
	once sync.Once
	loc  *time.Location
}

// location returns the zone. UTC is time.UTC under all its names.
func (z *zoneEntry) location() *time.Location {
	z.once.Do(func() {
		loc, err := time.LoadLocationFromTZData(z.name, []byte(z.data))
		if err != nil { // the archive is part of the program, and a test loads all of it
			panic(fmt.Sprintf("ical: embedded zone %s: %v", z.name, err))
		}
		if utcNames[z.name] {
			loc = time.UTC
		}
		z.loc = loc
	})
	return z.loc
}

var utcNames = map[string]bool{
	"UTC": true, "UCT": true, "Universal": true, "Zulu": true,
	"Etc/UTC": true, "Etc/UCT": true, "Etc/Universal": true, "Etc/Zulu": true,
}

// zoneAliases are names of zones that neither IANA nor Windows uses, but clients do.
var zoneAliases = map[string]string{
	"Z":                     "UTC",
	"tzone://Microsoft/Utc": "UTC",
	"Greenwich Mean Time":   "GMT",
	"Eastern Time":          "America/New_York",
	"Central Time":          "America/Chicago",
	"Mountain Time":         "America/Denver",
	"Pacific Time":          "America/Los_Angeles",
	"US-Eastern":            "America/New_York",
	"US-Central":            "America/Chicago",
	"US-Mountain":           "America/Denver",
	"US-Pacific":            "America/Los_Angeles",
	"Asia/Beijing":          "Asia/Shanghai",
	"Europe/Bonn":           "Europe/Berlin",
}

// zoneTable finds entries by name as written, and by zoneKey of it.
type zoneTable struct{ byName, byKey map[string]*zoneEntry }

// zoneKey makes names equal that differ in case, in blanks for underscores, or in blanks at the end.
func zoneKey(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")
}

// allZones returns the table of the embedded zones and their aliases.
var allZones = sync.OnceValue(func() zoneTable {
	table := zoneTable{make(map[string]*zoneEntry, 1024), make(map[string]*zoneEntry, 1024)}
	archive, err := zip.NewReader(strings.NewReader(zoneArchive), int64(len(zoneArchive)))
	if err != nil {
		panic("ical: embedded zones: " + err.Error())
	}
	for _, file := range archive.File {
		data, err := zoneData(file)
		if err != nil {
			panic("ical: embedded zones: " + err.Error())
		}
		table.add(file.Name, &zoneEntry{name: file.Name, data: data})
	}
	for name, zone := range windowsZones {
		table.add(name, table.byName[zone])
	}
	for label, name := range windowsLabels {
		table.byKey[zoneKey(label)] = table.byName[name]
	}
	for name, zone := range zoneAliases {
		table.add(name, table.byName[zone])
	}
	return table
})

func (t zoneTable) add(name string, entry *zoneEntry) {
	t.byName[name] = entry
	t.byKey[zoneKey(name)] = entry
}

// zoneData returns the content of file, a part of zoneArchive where it is stored as it is.
func zoneData(file *zip.File) (string, error) {
	offset, err := file.DataOffset()
	if err != nil {
		return "", err
	}
	if file.Method == zip.Store {
		return zoneArchive[offset : offset+int64(file.UncompressedSize64)], nil
	}
	r, err := file.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

// maxTZID bounds what is taken for a name of a zone, in octets.
const maxTZID = 255

// find returns the entry that tzid names, or nil.
func (t zoneTable) find(tzid string) *zoneEntry {
	if len(tzid) > maxTZID {
		return nil
	}
	if entry := t.byName[tzid]; entry != nil {
		return entry
	}
	key := zoneKey(tzid)
	if entry := t.byKey[key]; entry != nil {
		return entry
	}
	if _, label, ok := strings.Cut(key, ")_"); ok && key[0] == '(' { // (UTC+01:00) Berlin, (GMT+01.00) Berlin
		if entry := t.byKey[label]; entry != nil {
			return entry
		}
	}
	// RFC 5545 section 3.2.19: a solidus in front says that the name is unique all over the world. What follows the
	// vendor's part is the IANA name.
	vendor := strings.HasPrefix(key, "/")
	for rest, ok := key, true; ok; {
		_, rest, ok = strings.Cut(rest, "/")
		if ok && (vendor || strings.Contains(rest, "/")) {
			if entry := t.byKey[rest]; entry != nil {
				return entry
			}
		}
	}
	return nil
}

// ZoneByName returns the location that tzid names: an IANA name in any case, an alias, a Windows name, or a
// /vendor/.../Area/City form of one.
func ZoneByName(tzid string) (*time.Location, bool) {
	if entry := allZones().find(tzid); entry != nil {
		return entry.location(), true
	}
	return nil, false
}

// ZoneNames returns the names of all embedded zones, links included, in no order.
func ZoneNames() []string {
	var names []string
	for name, entry := range allZones().byName {
		if entry.name == name {
			names = append(names, name)
		}
	}
	return names
}

// ZoneVersion is the release of the embedded IANA time zone database.
const ZoneVersion = "2025c"
