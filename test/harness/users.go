package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// importUsers makes the accounts through the command line, beside the running server.
func (s *Server) importUsers() error {
	var csv strings.Builder
	csv.WriteString("name,kind,password,address,display_name,admin\n")
	csv.WriteString("admin,user,admin,mailto:admin@example.com,Administrator,true\n")
	for n := 1; n <= Users; n++ {
		name := UserName(n)
		fmt.Fprintf(&csv, "%s,user,%s,mailto:%s@example.com,User %02d,false\n", name, name, name, n)
	}
	file := filepath.Join(filepath.Dir(s.Dir), "users.csv")
	if err := os.WriteFile(file, []byte(csv.String()), 0o600); err != nil {
		return err
	}
	_, err := s.CLI("user", "import", "--data", s.Dir, file)
	return err
}

// CLI runs convene with args and returns what it printed.
func (s *Server) CLI(args ...string) (string, error) {
	binary, err := Binary()
	if err != nil {
		return "", err
	}
	out, err := exec.Command(binary, args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("harness: convene %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// NewUser returns a client for an account that no other test of the package has used.
func (s *Server) NewUser(t testing.TB) *Client {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	if s.next > Users {
		t.Fatalf("harness: all %d accounts are taken", Users)
	}
	return s.Client(UserName(s.next))
}
