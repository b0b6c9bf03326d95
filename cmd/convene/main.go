// Command convene is a CalDAV server on PostgreSQL, and the tools to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"convene/server/config"
	"convene/store"
)

// commands is the command line.
type commands struct {
	Serve       serveCommand       `cmd:"" help:"Run the server."`
	Config      configCommands     `cmd:"" help:"Show the configuration in force, or the reference of all settings."`
	Migrate     migrateCommands    `cmd:"" help:"Look at the version of the database's schema, and change it."`
	User        userCommands       `cmd:"" help:"Manage people's accounts."`
	Group       groupCommands      `cmd:"" help:"Manage groups and who is in them."`
	Room        bookableCommands   `cmd:"" help:"Manage rooms."`
	Resource    bookableCommands   `cmd:"" help:"Manage other things that can be booked."`
	Policy      policyCommands     `cmd:"" help:"Manage how invitations are answered by themselves."`
	Public      publicCommands     `cmd:"" help:"Manage calendars that belong to no person and that everybody reads."`
	Delegate    delegateCommands   `cmd:"" help:"Manage who acts in somebody's place."`
	Alias       aliasCommands      `cmd:"" help:"Manage the calendar user addresses of accounts, rooms and others."`
	Password    passwordCommand    `cmd:"" help:"Set the password of an account."`
	AppPassword appPasswordCommand `cmd:"" help:"Manage passwords that are each for one client."`
	Calendar    calendarCommands   `cmd:"" help:"List, create, import, export and remove calendars."`
	Acl         aclCommands        `cmd:"" name:"acl" help:"Show, change and explain who may do what."`
	Explain     explainCommand     `cmd:"" help:"Say what became of the invitations to an event, and why."`
	Jobs        jobsCommands       `cmd:"" help:"Look at the work that waits: messages to carry, late deliveries."`
	Doctor      doctorCommand      `cmd:"" help:"Check the installation, and say what to mend."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// Exit codes.
const (
	exitFailure = 1
	exitUsage   = 2
)

// session is what a command has of the outside.
type session struct {
	ctx    context.Context
	in     *os.File
	out    io.Writer
	errOut io.Writer
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	var cli commands
	parser := kong.Must(&cli,
		kong.Name("convene"),
		kong.Description("A CalDAV server on PostgreSQL. Each command explains itself: convene COMMAND --help."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
	)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		parser.Errorf("%s", err)
		return exitUsage
	}
	err = command.Run(&session{ctx: ctx, in: os.Stdin, out: os.Stdout, errOut: os.Stderr})
	if errors.Is(err, errIll) {
		return exitFailure // the report is all there is to say
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "convene: "+explain(err))
		return exitCode(err)
	}
	return 0
}

func exitCode(err error) int {
	var mistake *config.Error
	var usage usageError
	if errors.As(err, &mistake) || errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailure
}

// usageError is a fault in what was typed.
type usageError string

func (e usageError) Error() string { return string(e) }

// advice is what a person can do about an error, where the error does not say it itself.
var advice = []struct {
	err  error
	text string
}{
	{store.ErrSchemaNewer, "use the release that wrote it, or a later one"},
	{store.ErrUnavailable, "is PostgreSQL running, and database.url right?"},
}

// where matches what the store says of the call that failed; it is for logs.
var where = regexp.MustCompile(`store: [A-Za-z]+(\([^()]*\))?: `)

// explain turns an error into a sentence or two for the terminal.
func explain(err error) string {
	text := strings.ReplaceAll(where.ReplaceAllString(err.Error(), ""), "\n", "\nconvene: ")
	for _, a := range advice {
		if errors.Is(err, a.err) {
			text += ": " + a.text
		}
	}
	return text
}
