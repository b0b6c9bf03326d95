package main

import (
	"convene/server"
	"convene/server/config"
)

type serveCommand struct {
	settings
	Listen string `placeholder:"ADDR:PORT" help:"Address and port to listen on (listen)."`
}

// Help shows examples.
func (serveCommand) Help() string {
	return `Without a configuration it listens on 127.0.0.1:8080 and runs a PostgreSQL of its own below ./data.

Examples:
  convene serve
  convene serve --data /var/lib/convene --listen 0.0.0.0:443 --config /etc/convene/convene.toml
  convene serve --database-url postgres://convene@db.example.com/convene
  convene serve --set log.level=debug --set log.requests=all

It stops at SIGTERM or Ctrl-C: it finishes requests, closes the database, and stops its PostgreSQL.`
}

// Run runs the server until a signal ends it.
func (c *serveCommand) Run(run *session) error {
	cfg, err := c.load(config.Flag{Name: "--listen", Key: "listen", Value: c.Listen})
	if err != nil {
		return err
	}
	return server.Run(run.ctx, cfg, server.NewLogger(run.errOut, cfg.Log), nil)
}
