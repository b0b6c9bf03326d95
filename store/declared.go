package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"convene/ical"
)

var errSoon = errors.New("store: being written")

// Options of Open.
type Options struct {
	URL         string // PostgreSQL connection string
	MaxConns    int    // connections of the pool; 0: 20
	Log         *slog.Logger
	Migrate     bool           // bring the schema up to date first
	Uncached    bool           // a short-lived command: no caches, no listening connection
	CacheBytes  int            // for objects, homes and principals together; 0: 32 MB
	DefaultZone *time.Location // of floating times, where neither collection nor owner has one; nil: UTC
	Now         func() time.Time
	Autocreate  []NewCollection // of a new home; nil: DefaultCollections()
}

// DefaultCollections are those of a new home: Default, Inbox, Outbox, Attachments.
func DefaultCollections() []NewCollection { return nil }

// DB is the database with its caches.
type DB struct{}

func Open(ctx context.Context, o Options) (*DB, error)          { return nil, errSoon }
func (db *DB) Close()                                           {}
func (db *DB) Ping(ctx context.Context) error                   { return errSoon }
func (db *DB) Stats() Stats                                     { return Stats{} }
func (db *DB) Counts(ctx context.Context) (Counts, error)       { return Counts{}, errSoon }
func (db *DB) OnChange(fn func(kind string, owner PrincipalID)) {}

// Stats are the figures of the pool and the caches, for metrics.
type Stats struct {
	Conns, IdleConns, MaxConns int
	Acquired                   int64            // connections taken from the pool, ever
	AcquireWait                time.Duration    // spent waiting for one, ever
	CacheHits, CacheMisses     map[string]int64 // by cache: "principal", "home", "object"
	Listening                  bool             // the caches are in use
}

// Counts are the sizes of the tables.
type Counts struct{ Principals, Collections, Objects int64 }

// ETagOf is the entity tag of a representation, without quotes.
func ETagOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

func (h *Home) Collection(name string) *Collection         { return nil }
func (h *Home) CollectionByID(id CollectionID) *Collection { return nil }

func (db *DB) Home(ctx context.Context, owner PrincipalID) (*Home, error) { return nil, errSoon }
func (db *DB) Object(ctx context.Context, coll *Collection, name string) (*Object, error) {
	return nil, errSoon
}
func (db *DB) ObjectByUID(ctx context.Context, coll *Collection, uid string) (*Object, error) {
	return nil, errSoon
}
func (db *DB) Objects(ctx context.Context, coll *Collection, fn func(*Object) error) error {
	return errSoon
}
func (db *DB) ObjectsByName(ctx context.Context, coll *Collection, names []string, withData bool, fn func(*Object) error) error {
	return errSoon
}
func (db *DB) QueryRange(ctx context.Context, coll *Collection, q RangeQuery, fn func(o *Object, verify bool) error) error {
	return errSoon
}
func (db *DB) QueryAll(ctx context.Context, coll *Collection, component, uid string, fn func(*Object) error) error {
	return errSoon
}
func (db *DB) Changes(ctx context.Context, coll *Collection, since int64, limit int, fn func(*Object) error) (upTo int64, more bool, err error) {
	return 0, false, errSoon
}
func (db *DB) HomeChanges(ctx context.Context, owner PrincipalID, since int64, limit int, fn func(HomeChange) error) (upTo int64, more bool, err error) {
	return 0, false, errSoon
}
func (db *DB) Busy(ctx context.Context, owner PrincipalID, colls []CollectionID, r ical.Range) (busy, tentative []ical.Range, inexact []*Object, err error) {
	return nil, nil, nil, errSoon
}
func (db *DB) QuotaUsed(ctx context.Context, owner PrincipalID) (int64, error) { return 0, errSoon }

// Tx is a write transaction; see InTx.
type Tx struct{}

// TxOption tunes InTx.
type TxOption func(*txOptions)
type txOptions struct{}

// Prefetch says that the transaction will ask for the object called name in coll, and (unless uid is "") for the one
// with that UID: the answers then come with the lock, in the same round trip.
func Prefetch(coll *Collection, name, uid string) TxOption { return func(*txOptions) {} }

func InTx[T any](ctx context.Context, db *DB, owners []PrincipalID, fn func(ctx context.Context, tx *Tx) (T, error), opts ...TxOption) (T, error) {
	var zero T
	return zero, errSoon
}
func (tx *Tx) Home(owner PrincipalID) *Home { return nil }
func (tx *Tx) Now() time.Time               { return time.Time{} }
func (tx *Tx) Object(ctx context.Context, coll *Collection, name string) (*Object, error) {
	return nil, errSoon
}
func (tx *Tx) ObjectByUID(ctx context.Context, coll *Collection, uid string) (*Object, error) {
	return nil, errSoon
}
func (tx *Tx) Objects(ctx context.Context, coll *Collection, withData bool, fn func(*Object) error) error {
	return errSoon
}
func (tx *Tx) Put(ctx context.Context, coll *Collection, in NewObject) (*Object, error) {
	return nil, errSoon
}
func (tx *Tx) Delete(ctx context.Context, coll *Collection, name string) error { return errSoon }
func (tx *Tx) Move(ctx context.Context, from *Collection, name string, to *Collection, newName string) (*Object, error) {
	return nil, errSoon
}
func (tx *Tx) CreateCollection(ctx context.Context, owner PrincipalID, in NewCollection) (*Collection, error) {
	return nil, errSoon
}
func (tx *Tx) DeleteCollection(ctx context.Context, coll *Collection) error { return errSoon }
func (tx *Tx) RenameCollection(ctx context.Context, coll *Collection, name string) (*Collection, error) {
	return nil, errSoon
}
func (tx *Tx) SetProperties(ctx context.Context, coll *Collection, p Properties) (*Collection, error) {
	return nil, errSoon
}

// NewPrincipal is what CreatePrincipal, UpdatePrincipal and ImportPrincipals store.
type NewPrincipal struct {
	Kind         PrincipalKind
	Name         string
	DisplayName  string
	Admin        bool
	Disabled     bool
	Timezone     string
	Addresses    []string // the preferred one first
	PasswordHash string   // "": leave as it is
}

// Filter selects principals; the zero Filter all.
type Filter struct {
	Kinds []PrincipalKind // empty: all
	Match []Match         // conditions on fields
	Any   bool            // one of Match is enough
	Limit int             // 0: no limit
	After string          // only names after this one, for paging
}

// Field is what a Match looks at.
type Field string

const (
	FieldName        Field = "name"
	FieldDisplayName Field = "display_name" // the name, for principals without one
	FieldAddress     Field = "address"      // any of the addresses, with or without mailto:
)

// How a Match compares, always without regard to case.
type How int

const (
	Contains How = iota
	StartsWith
	EndsWith
	Equals
)

// Match is one condition of a Filter.
type Match struct {
	Field Field
	How   How
	Text  string
}

func (db *DB) Principal(ctx context.Context, kind PrincipalKind, name string) (*Principal, error) {
	return nil, errSoon
}

// PrincipalByName finds a principal of any kind.
func (db *DB) PrincipalByName(ctx context.Context, name string) (*Principal, error) {
	return nil, errSoon
}
func (db *DB) PrincipalByID(ctx context.Context, id PrincipalID) (*Principal, error) {
	return nil, errSoon
}
func (db *DB) PrincipalByAddress(ctx context.Context, addr string) (*Principal, error) {
	return nil, errSoon
}
func (db *DB) Principals(ctx context.Context, f Filter, fn func(*Principal) error) error {
	return errSoon
}
func (db *DB) CreatePrincipal(ctx context.Context, p NewPrincipal) (*Principal, error) {
	return nil, errSoon
}
func (db *DB) UpdatePrincipal(ctx context.Context, id PrincipalID, change func(*NewPrincipal) error) (*Principal, error) {
	return nil, errSoon
}
func (db *DB) DeletePrincipal(ctx context.Context, id PrincipalID) error { return errSoon }

// ImportPrincipals creates or updates all of them (by name), or none.
func (db *DB) ImportPrincipals(ctx context.Context, list []NewPrincipal) (created, updated int, err error) {
	return 0, 0, errSoon
}
func (db *DB) AddMember(ctx context.Context, group, member PrincipalID) error    { return errSoon }
func (db *DB) RemoveMember(ctx context.Context, group, member PrincipalID) error { return errSoon }
func (db *DB) SetMembers(ctx context.Context, group PrincipalID, members []PrincipalID) error {
	return errSoon
}

// Members are the direct members of a group, by name.
func (db *DB) Members(ctx context.Context, group PrincipalID) ([]*Principal, error) {
	return nil, errSoon
}

// MemberOf are the groups that a principal is a direct member of, by name.
func (db *DB) MemberOf(ctx context.Context, member PrincipalID) ([]*Principal, error) {
	return nil, errSoon
}

func NormalizeAddress(s string) (string, error) { return "", errSoon }

// CredentialKind says what a credential is.
type CredentialKind string

const (
	Password    CredentialKind = "password"
	AppPassword CredentialKind = "app"
)

// Credential is one way in; the store keeps hashes only.
type Credential struct {
	ID        int64
	Principal PrincipalID
	Kind      CredentialKind
	Label     string
	Hash      string
	Created   time.Time
	LastUsed  time.Time // to the hour; zero: never
	Expires   time.Time // zero: never
}

func (db *DB) Credentials(ctx context.Context, p PrincipalID) ([]Credential, error) {
	return nil, errSoon
}
func (db *DB) SetPassword(ctx context.Context, p PrincipalID, hash string) error { return errSoon }
func (db *DB) AddAppPassword(ctx context.Context, p PrincipalID, label, hash string, expires time.Time) (Credential, error) {
	return Credential{}, errSoon
}
func (db *DB) RevokeAppPassword(ctx context.Context, p PrincipalID, id int64) error { return errSoon }
func (db *DB) TouchCredential(ctx context.Context, p PrincipalID, id int64) error   { return errSoon }

// RecordLoginFailure counts a failure for key and returns how many there were.
func (db *DB) RecordLoginFailure(ctx context.Context, key string, blockFor func(count int) time.Duration) (int, time.Time, error) {
	return 0, time.Time{}, errSoon
}
func (db *DB) LoginBlockedUntil(ctx context.Context, key string) (time.Time, error) {
	return time.Time{}, errSoon
}
func (db *DB) ClearLoginFailures(ctx context.Context, key string) error { return errSoon }

func (db *DB) Setting(ctx context.Context, key string) (string, error) { return "", errSoon }
func (db *DB) SetSetting(ctx context.Context, key, value string) error { return errSoon }
func (db *DB) ServerID(ctx context.Context) (string, error)            { return "", errSoon }
func (db *DB) PurgeTombstones(ctx context.Context, olderThan time.Time) (removed int64, err error) {
	return 0, errSoon
}
func (db *DB) ReindexStale(ctx context.Context, batch int) (done int, err error) { return 0, errSoon }

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string
	Applied time.Time // zero: not yet
}

func MigrationStatus(ctx context.Context, url string) ([]Migration, error) { return nil, errSoon }
func MigrateUp(ctx context.Context, url string) ([]Migration, error)       { return nil, errSoon }
func MigrateDown(ctx context.Context, url string) (Migration, error)       { return Migration{}, errSoon }
