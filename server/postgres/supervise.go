package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// supervise runs postgres until stop, again and again. The first attempt's outcome goes to ready, and ends it all if
// it is an error. The kernel tells a child that its parent died when the thread dies that started it: so this
// goroutine keeps its thread.
func (c *Cluster) supervise(ready chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	pause := minPause
	first := true
	for {
		up := time.Now()
		err := c.run(func() {
			if first {
				first = false
				ready <- nil
			}
		})
		if c.stopping() {
			return
		}
		if first && errors.Is(err, errNotReady) && !strings.Contains(err.Error(), stillInUse) {
			ready <- err
			return
		}
		if time.Since(up) > time.Second { // it did run: this is no loop of failures
			pause = minPause
		}
		c.log.Error("the private PostgreSQL ended; starting it again", "error", err, "in", pause)
		select {
		case <-c.stop:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}

// Pauses between attempts. After a kill of the postmaster its children need a moment to notice; until then a new one
// refuses to start on their shared memory.
const (
	minPause = 50 * time.Millisecond
	maxPause = 5 * time.Second
)

// stillInUse is part of what a new postmaster says while children of a killed one are alive.
const stillInUse = "shared memory block"

// errNotReady is wrapped by what run returns when postgres never answered.
var errNotReady = errors.New("PostgreSQL did not start")

func (c *Cluster) stopping() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// run runs postgres once, calls up when it answers, and returns when it has ended.
func (c *Cluster) run(up func()) error {
	if err := c.folder.makeSocketDir(c.who); err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	if err := c.folder.dropStrangersLocks(); err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	dir, err := os.Open(c.folder.data())
	if err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	defer dir.Close()
	args := []string{"-D", c.handOver(dir)}
	for _, s := range c.settings() {
		args = append(args, "-c", s)
	}
	cmd := exec.Command(c.bin.path("postgres"), args...)
	c.prepare(cmd, dir)
	out, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", errNotReady, err)
	}
	logged := make(chan string, 1)
	go func() { logged <- c.copyLog(out) }()
	exited := make(chan struct{})
	watched := make(chan bool, 1)
	go func() { watched <- c.watch(cmd.Process, exited, up) }()

	last := <-logged // ends when postgres and all its children have closed it
	err = cmd.Wait()
	close(exited)
	if answered := <-watched; !answered {
		return fmt.Errorf("%w: %s", errNotReady, or(last, fmt.Sprint(err)))
	}
	return fmt.Errorf("postgres: %s; it last said: %s", cmd.ProcessState, or(last, "nothing"))
}

// watch waits until postgres answers, and ends it on stop; it returns when postgres has ended, with whether it ever
// answered.
func (c *Cluster) watch(p *os.Process, exited <-chan struct{}, up func()) (answered bool) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-exited:
			return answered
		case <-c.stop:
			c.end(p, exited)
			return answered
		case <-tick.C:
			if !c.answers() {
				continue
			}
			answered = true
			tick.Stop()
			up()
		}
	}
}

// answers says whether the cluster takes connections.
func (c *Cluster) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, c.URL())
	if err != nil {
		return false
	}
	return conn.Close(ctx) == nil
}

// end asks the postmaster to stop, each time with less patience.
func (c *Cluster) end(p *os.Process, exited <-chan struct{}) {
	for _, step := range []struct {
		sig   os.Signal
		grace time.Duration
	}{{syscall.SIGINT, stopTimeout}, {syscall.SIGQUIT, killTimeout}, {syscall.SIGKILL, killTimeout}} {
		if err := p.Signal(step.sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			c.log.Error("stopping the private PostgreSQL", "signal", step.sig, "error", err)
		}
		select {
		case <-exited:
			return
		case <-time.After(step.grace):
		}
	}
}

// quit makes the running postmaster stop without a checkpoint.
func (c *Cluster) quit() {
	if pid := c.folder.postmaster(); pid != 0 {
		if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil && !errors.Is(err, syscall.ESRCH) {
			c.log.Error("stopping the private PostgreSQL", "error", err)
		}
	}
}

// endOrphan waits for a postmaster that lost its parent, and was told so by the kernel, to end; one that was not told
// is told now.
func (c *Cluster) endOrphan(ctx context.Context) error {
	for waited := 0; ; waited++ {
		pid := c.folder.postmaster()
		if pid == 0 {
			return nil
		}
		if waited%100 == 99 {
			c.log.Warn("ending a PostgreSQL that a dead server left behind", "pid", pid)
			if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("another PostgreSQL (process %d) works on %s, and cannot be stopped: %w", pid, c.folder.data(), err)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// routine is how complaints begin that nobody need act upon: to clients that come too early or stay too long, and of
// constraints that did their duty, which the store reports to whom it concerns.
var routine = []string{
	"the database system is starting up",
	"the database system is not yet accepting connections",
	"the database system is shutting down",
	"terminating connection due to administrator command",
	"duplicate key value violates unique constraint",
}

// copyLog passes on what postgres says until it says no more, and returns its last complaint.
func (c *Cluster) copyLog(r io.Reader) (last string) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		line := in.Text()
		level, text, ok := strings.Cut(line, ":")
		switch text = strings.TrimSpace(text); {
		case slices.ContainsFunc(routine, func(begin string) bool { return strings.HasPrefix(text, begin) }):
			c.log.Debug("postgres: " + text)
		case ok && (level == "FATAL" || level == "PANIC"):
			last = text
			c.log.Error("postgres: "+text, "severity", level)
		case ok && (level == "WARNING" || level == "ERROR"):
			c.log.Warn("postgres: "+text, "severity", level)
		default:
			c.log.Debug("postgres: " + line)
		}
	}
	if err := in.Err(); err != nil {
		c.log.Error("reading the log of postgres", "error", err)
		_, err := io.Copy(io.Discard, r) // or it would block
		if err != nil {
			c.log.Error("reading the log of postgres", "error", err)
		}
	}
	return last
}
