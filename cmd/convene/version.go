package main

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// version is set when a release is built.
var version = "0.1.0-dev"

type versionCommand struct {
	JSON bool `help:"Print JSON."`
}

// buildInfo is what there is to say of the binary.
type buildInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
	System   string `json:"system"`
}

func currentBuild() buildInfo {
	b := buildInfo{Version: version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Revision = s.Value + b.Revision
		case s.Key == "vcs.modified" && s.Value == "true":
			b.Revision += " (changed)"
		}
	}
	return b
}

// Run prints the version.
func (c *versionCommand) Run(run *session) error {
	b := currentBuild()
	if c.JSON {
		return printJSON(run.out, b)
	}
	printf(run.out, "%s\n", strings.Join(slices.DeleteFunc([]string{"convene", b.Version, b.Revision, b.Go, b.System}, func(s string) bool { return s == "" }), " "))
	return nil
}
