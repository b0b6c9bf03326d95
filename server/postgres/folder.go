package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// What lies in the folder.
const (
	lockName   = "lock"     // held by the process that runs the cluster, with its process id
	dataName   = "data"     // PostgreSQL's data directory
	makingName = "data.new" // the same while it is being made
	superuser  = "convene"  // the role that owns everything
	port       = "5432"     // part of the socket's name only
	maxSocket  = 107        // bytes of a socket's path on Linux
)

// folder is the cluster's folder.
type folder struct{ path string }

func openFolder(dir string) (folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return folder{}, err
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return folder{}, fmt.Errorf("the folder of the database: %w", err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	return folder{abs}, nil
}

func (f folder) data() string { return filepath.Join(f.path, dataName) }

// own gives the folder to the account, and closes it to all others.
func (f folder) own(a account) error {
	if os.Geteuid() == 0 {
		if err := os.Chown(f.path, a.uid, a.gid); err != nil {
			return err
		}
	}
	if err := os.Chmod(f.path, 0o700); err != nil {
		return fmt.Errorf("the folder of the database: %w", err)
	}
	return nil
}

// version is the major version of the cluster in the folder, "" if there is none yet.
func (f folder) version() string {
	b, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// pidFile returns the lines of PostgreSQL's postmaster.pid: process id, folder, start time, port, socket folder,
// address, shared memory, status.
func (f folder) pidFile() []string {
	b, err := os.ReadFile(filepath.Join(f.data(), "postmaster.pid"))
	if err != nil {
		return nil
	}
	return strings.Split(string(b), "\n")
}

// pid is the process id in the pid file, 0 if there is none.
func (f folder) pid() int {
	lines := f.pidFile()
	if len(lines) == 0 {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// postmaster returns the process id of a PostgreSQL that works on this folder, 0 if there is none. The process's
// working directory tells it from a stranger that got the number of a dead one.
func (f folder) postmaster() int {
	pid := f.pid()
	if pid == 0 {
		return 0
	}
	cwd, err1 := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	data, err2 := os.Stat(f.data())
	if err1 != nil || err2 != nil || !os.SameFile(cwd, data) {
		return 0
	}
	return pid
}

// dropStrangersLocks removes the lock files of a postmaster that is no more, where its number went to a stranger or to
// a corpse that nobody buries: they would keep a new one from starting. (Of a dead process they are left to PostgreSQL,
// which looks for children left behind; it does so by the shared memory in any case.)
func (f folder) dropStrangersLocks() error {
	pid := f.pid()
	if f.postmaster() != 0 {
		return nil
	}
	if pid != 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		if err := os.Remove(filepath.Join(f.data(), "postmaster.pid")); err != nil {
			return err
		}
	}
	err := os.Remove(filepath.Join(f.socketDir(), ".s.PGSQL."+port+".lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// socketDir is where the socket is: the data directory, or, where that would make its path too long for the kernel,
// a folder of its own.
func (f folder) socketDir() string {
	if len(f.data())+len("/.s.PGSQL."+port) <= maxSocket {
		return f.data()
	}
	base := os.TempDir()
	if st, err := os.Stat("/run"); err == nil && st.IsDir() && os.Geteuid() == 0 {
		base = "/run"
	}
	sum := sha256.Sum256([]byte(f.path))
	return filepath.Join(base, "convene-"+hex.EncodeToString(sum[:8]))
}

// socketSetting is socketDir as postgres gets it: relative, since it may be unable to walk the whole path.
func (f folder) socketSetting() string {
	if d := f.socketDir(); d != f.data() {
		return d
	}
	return "."
}

// makeSocketDir makes the folder of a socket that cannot lie in the data directory. Its name can be guessed, so an
// existing one must be the account's own, and closed.
func (f folder) makeSocketDir(a account) error {
	d := f.socketDir()
	if d == f.data() {
		return nil
	}
	err := os.Mkdir(d, 0o700)
	if err == nil && os.Geteuid() == 0 {
		err = os.Chown(d, a.uid, a.gid)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the folder of the database's socket: %w", err)
	}
	st, err := os.Lstat(d)
	if err != nil {
		return err
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok || !st.IsDir() || int(sys.Uid) != a.uid || st.Mode().Perm() != 0o700 {
		return fmt.Errorf("the path %s is too long for a socket, and %s belongs to somebody else: choose another folder", f.path, d)
	}
	return nil
}

func (f folder) url() string {
	q := url.Values{"host": {f.socketDir()}, "port": {port}, "user": {superuser}, "sslmode": {"disable"}}
	return "postgres:///postgres?" + q.Encode()
}

// InUse says that another process runs the cluster in this folder.
type InUse struct {
	Dir string
	PID int // 0 if not known
}

func (e *InUse) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the database in %s is in use by another convene", e.Dir)
	}
	return fmt.Sprintf("the database in %s is in use by another convene (process %d): stop it, or choose another folder", e.Dir, e.PID)
}

// takeLock locks the folder until the returned file is closed or this process ends, however it ends.
func (f folder) takeLock() (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(f.path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the folder of the database: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer lock.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", lock.Name(), err)
		}
		b := make([]byte, 20)
		n, _ := lock.Read(b) // an unreadable number is left out of the message
		pid, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
		return nil, &InUse{Dir: f.path, PID: pid}
	}
	if err := lock.Truncate(0); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if _, err := lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// lockHeld says whether some process has the lock.
func (f folder) lockHeld() (bool, error) {
	lock, err := os.Open(filepath.Join(f.path, lockName))
	if err != nil {
		return false, err
	}
	defer lock.Close() // and with it the lock, if it was free
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
