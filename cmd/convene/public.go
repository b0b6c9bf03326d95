package main

// publicCommands are those of the owners of public calendars.
type publicCommands struct {
	Create addCommand    `cmd:"" help:"Create one, with its calendars."`
	List   listCommand   `cmd:"" help:"List all."`
	Show   showCommand   `cmd:"" help:"Show one."`
	Set    setCommand    `cmd:"" help:"Change one."`
	Remove removeCommand `cmd:"" help:"Remove one, with its calendars."`
}

// Help shows examples.
func (publicCommands) Help() string {
	return `Everybody reads the calendars of these, without an account too. Administrators write in them, and whoever is given the rights
(convene acl).

Examples:
  convene public create city --display-name "What is on in town"
  convene calendar create city concerts
  convene acl set city/concerts group:editors lrwipktn9
  convene public list --json`
}
