package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// isTerminal says whether f is a terminal.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// confirm asks a question unless yes; anything but y or yes is an error.
func (s *session) confirm(yes bool, question string) error {
	if yes {
		return nil
	}
	if !isTerminal(s.in) {
		return usageError("there is no terminal to ask at: give --yes if you are sure")
	}
	defer s.endAtSignal(func() {})()
	printf(s.errOut, "%s [y/N] ", question)
	answer, err := readLine(s.in)
	if err != nil {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return errors.New("nothing done")
	}
	return nil
}

// endAtSignal ends the process at a signal, which a read from the terminal would not see. Call what it returns after.
func (s *session) endAtSignal(restore func()) (done func()) {
	stop := context.AfterFunc(s.ctx, func() {
		restore()
		os.Exit(exitFailure)
	})
	return func() { stop() }
}

// readLine reads a line, without its end.
func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", fmt.Errorf("reading a line: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// askPassword asks twice at the terminal, without showing what is typed.
func (s *session) askPassword(prompt string) (string, error) {
	if !isTerminal(s.in) {
		return "", usageError("there is no terminal to ask at: give --stdin and the password on standard input")
	}
	first, err := s.readHidden(prompt + ": ")
	if err != nil {
		return "", err
	}
	second, err := s.readHidden("Again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("these are two different passwords; nothing done")
	}
	return first, nil
}

func (s *session) readHidden(prompt string) (string, error) {
	fd := int(s.in.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	defer s.endAtSignal(func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) })() // the process ends anyway
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	printf(s.errOut, "%s", prompt)
	line, err := readLine(s.in)
	printf(s.errOut, "\n")
	return line, errors.Join(err, unix.IoctlSetTermios(fd, unix.TCSETS, before))
}
