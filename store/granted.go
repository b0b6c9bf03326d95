package store

import (
	"context"
	"strings"

	"convene/acl"

	"github.com/jackc/pgx/v5"
)

// identifier is how access lists call a principal.
func identifier(kind PrincipalKind, name string) string {
	if kind == Group {
		return acl.GroupMark + name
	}
	return name
}

// naming is the condition on a collection that its list has an entry for one of the identifiers in an argument, "$1". Its beginning is
// that of the index collection_granted, which has only lists that name somebody. The index finds the word, which may be somebody's letters
// too: every other word of a list is a name.
func naming(arg string) string {
	const condition = `kind <> 'shared' AND NOT deleted AND rights !~ '^((owner|anyone|anonymous) [a-z0-9]+( |$))*$'
		AND string_to_array(rights, ' ') && $?::text[] AND EXISTS (
		SELECT FROM unnest(string_to_array(rights, ' ')) WITH ORDINALITY AS list (word, n)
		WHERE n % 2 = 1 AND word = ANY ($?::text[]))`
	return strings.ReplaceAll(condition, "$?", arg)
}

// HomesGranted are the owners of the homes in which an entry of some list gives rights to who, or to a group it is in, by name; its own
// home is left out.
func (db *DB) HomesGranted(ctx context.Context, who *Principal) (_ []*Principal, err error) {
	defer annotate(&err, "HomesGranted(%d)", who.ID)
	names := []string{identifier(who.Kind, who.Name)}
	for _, g := range who.Groups {
		names = append(names, identifier(Group, g))
	}
	return db.related(ctx, `p.id <> $1 AND p.id IN (SELECT owner FROM collection WHERE `+naming("$2")+`)`, who.ID, names)
}

// renameInLists puts another identifier in place of one in all access lists; with "" its entries go. What stood for a person never comes
// to stand for a group, nor the other way round: then they go too.
func renameInLists(ctx context.Context, tx pgx.Tx, before, after string) error {
	if before == after {
		return nil
	}
	if strings.HasPrefix(before, acl.GroupMark) != strings.HasPrefix(after, acl.GroupMark) {
		after = ""
	}
	words := entriesOf(before)
	homes, err := lockHomes(ctx, tx, `SELECT owner FROM collection WHERE `+naming("$1"), words)
	if err != nil || len(homes) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE collection
		SET rights = (
			SELECT coalesce(string_agg(
				CASE who WHEN ($1::text[])[1] THEN ($2::text[])[1] WHEN ($1::text[])[2] THEN ($2::text[])[2] ELSE who END || ' ' || letters,
				' ' ORDER BY n), '')
			FROM (
				SELECT n, words[2 * n - 1] AS who, words[2 * n] AS letters
				FROM string_to_array(rights, ' ') AS words, generate_series(1, cardinality(words) / 2) AS n) AS entry
			WHERE $3 OR who <> ALL ($1))
		WHERE `+naming("$1"), words, entriesOf(after), after != ""); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, advanceHomes, homes)
	return err
}

// entriesOf are the words that entries for an identifier begin with.
func entriesOf(who string) []string { return []string{who, "-" + who} }
