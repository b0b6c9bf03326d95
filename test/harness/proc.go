package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of processor time in /proc on Linux (USER_HZ).
const clockTick = 10 * time.Millisecond

// Process is a line of /proc: what a test needs to know of a process.
type Process struct {
	PID, Parent int
	Name        string        // the command's name, cut by the kernel to 15 bytes
	State       string        // "R", "S", "Z" and so on
	Start       int64         // in clock ticks since the machine started
	Title       string        // the command line; PostgreSQL writes there what a process does
	CPU         time.Duration // of itself and of its children that it has waited for
	RSS         int64         // bytes resident
}

// processes reads /proc.
func processes() ([]Process, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		p, err := parseStat(string(stat))
		if err != nil {
			return nil, err
		}
		title, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err == nil {
			p.Title = strings.TrimSpace(strings.ReplaceAll(string(title), "\x00", " "))
		}
		all = append(all, p)
	}
	return all, nil
}

// parseStat reads /proc/PID/stat (proc(5)); the name in parentheses may hold anything.
func parseStat(stat string) (Process, error) {
	open, shut := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || shut < open {
		return Process{}, fmt.Errorf("harness: stat %q", stat)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(stat[:open]))
	if err != nil {
		return Process{}, err
	}
	fields := strings.Fields(stat[shut+1:]) // from field 3, the state
	number := func(field int) int64 {
		n, _ := strconv.ParseInt(fields[field-3], 10, 64) // the kernel writes numbers
		return n
	}
	ticks := number(14) + number(15) + number(16) + number(17)
	return Process{
		PID: pid, Parent: int(number(4)), Name: stat[open+1 : shut], State: fields[0], Start: number(22),
		CPU: time.Duration(ticks) * clockTick, RSS: number(24) * int64(os.Getpagesize()),
	}, nil
}

// Alive says whether the process still runs. A process id taken anew counts as its end.
func (p Process) Alive() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID))
	if err != nil {
		return false
	}
	now, err := parseStat(string(stat))
	return err == nil && now.Name == p.Name && now.State != "Z" && now.Start == p.Start
}

// Tree returns the server's process and all that descend from it.
func (s *Server) Tree() ([]Process, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	in := map[int]bool{s.PID(): true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !in[p.PID] && in[p.Parent] {
				in[p.PID], grown = true, true
			}
		}
	}
	var tree []Process
	for _, p := range all {
		if in[p.PID] {
			tree = append(tree, p)
		}
	}
	return tree, nil
}

// Usage is the processor time and memory of the server together with its database.
type Usage struct {
	CPU time.Duration
	RSS int64 // of the server's own process
}

// Usage reads the server's processor time so far and its memory now.
func (s *Server) Usage() (Usage, error) {
	tree, err := s.Tree()
	if err != nil {
		return Usage{}, err
	}
	var u Usage
	for _, p := range tree {
		u.CPU += p.CPU
		if p.PID == s.PID() {
			u.RSS = p.RSS
		}
	}
	return u, nil
}

// Postgres returns the server's postmaster and its children.
func (s *Server) Postgres() (postmaster Process, children []Process, err error) {
	tree, err := s.Tree()
	if err != nil {
		return postmaster, nil, err
	}
	parent := map[int]Process{}
	for _, p := range tree {
		parent[p.PID] = p
	}
	for _, p := range tree {
		switch {
		case p.Name != "postgres":
		case parent[p.Parent].Name == "postgres":
			children = append(children, p)
		default:
			postmaster = p
		}
	}
	if postmaster.PID == 0 {
		return postmaster, nil, fmt.Errorf("harness: no postgres below process %d", s.PID())
	}
	return postmaster, children, nil
}
