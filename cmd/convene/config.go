package main

import "convene/server/config"

type configCommands struct {
	Show      configShowCommand      `cmd:"" default:"withargs" help:"Print the configuration in force."`
	Reference configReferenceCommand `cmd:"" help:"Print the documented configuration file with all settings."`
}

// Help shows examples.
func (configCommands) Help() string {
	return `Examples:
  convene config --config /etc/convene/convene.toml
  convene config reference > convene.toml`
}

type configShowCommand struct{ settings }

// Help shows examples.
func (configShowCommand) Help() string {
	return `Prints every setting as a TOML file, with where it came from; secrets are masked.

Example:
  CONVENE_LOG_LEVEL=debug convene config --config /etc/convene/convene.toml`
}

// Run prints the configuration in force.
func (c *configShowCommand) Run(run *session) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	return cfg.WriteEffective(run.out)
}

type configReferenceCommand struct{}

// Help shows examples.
func (configReferenceCommand) Help() string {
	return `Prints a configuration file with every setting, what it means, and its default.

Example:
  convene config reference > /etc/convene/convene.toml`
}

// Run prints the reference.
func (c *configReferenceCommand) Run(run *session) error { return config.WriteReference(run.out) }
