package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// initialise makes an empty cluster. It takes its name when it is complete and on the disk, so what a crash leaves
// behind is never taken for a cluster.
func (c *Cluster) initialise(ctx context.Context) error {
	making := filepath.Join(c.folder.path, makingName)
	if err := os.RemoveAll(making); err != nil {
		return err
	}
	if err := os.Mkdir(making, 0o700); err != nil {
		return err
	}
	if c.who.drop {
		if err := os.Chown(making, c.who.uid, c.who.gid); err != nil {
			return err
		}
	}
	dir, err := os.Open(making)
	if err != nil {
		return err
	}
	defer dir.Close()
	cmd := exec.CommandContext(ctx, c.bin.path("initdb"), "--username="+superuser, "--encoding=UTF8", "--locale=C.UTF-8",
		"--auth-local=trust", "--auth-host=reject", "--no-sync", "--no-instructions", "--pgdata="+c.handOver(dir))
	c.prepare(cmd, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if err := unix.Syncfs(int(dir.Fd())); err != nil {
		return fmt.Errorf("syncing the new database: %w", err)
	}
	return c.folder.publish(making)
}

func (f folder) publish(making string) error {
	if err := os.Rename(making, f.data()); err != nil {
		return err
	}
	d, err := os.Open(f.path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// handOver is the path by which a program that runs as our account reaches dir. For another user it is an inherited
// descriptor (see prepare), since that user need not be able to walk the path.
func (c *Cluster) handOver(dir *os.File) string {
	if c.who.drop {
		return "/proc/self/fd/3"
	}
	return dir.Name()
}

// prepare sets what all programs of PostgreSQL need: the account, a plain environment, their own process group, so
// that Ctrl-C in a terminal reaches us alone, and dir as descriptor 3.
func (c *Cluster) prepare(cmd *exec.Cmd, dir *os.File) {
	cmd.Env = []string{"LC_ALL=C.UTF-8", "TZ=UTC", "PATH=" + c.bin.dir + ":/usr/bin:/bin"}
	cmd.Dir = "/"
	cmd.ExtraFiles = []*os.File{dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.who.credential(), Pdeathsig: syscall.SIGINT}
}
