package model

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"convene/test/harness"
)

// share posts a CS:share.
func (p *pair) share(ctx context.Context, inner string) error {
	body := `<CS:share ` + harness.XMLNS + `>` + inner + `</CS:share>`
	_, err := p.sharer.want(ctx, []int{http.StatusOK}, "POST", p.sharer.path, body, "Content-Type", "application/xml")
	return err
}

func (p *pair) set() string {
	access := "read"
	if p.writes {
		access = "read-write"
	}
	return "<CS:set><D:href>mailto:" + p.sharee.User + "@example.com</D:href><CS:summary>shared</CS:summary><CS:" + access + "/></CS:set>"
}

func (p *pair) removal() string {
	return "<CS:remove><D:href>" + p.sharee.Principal() + "</D:href></CS:remove>"
}

func (p *pair) changeAccess(ctx context.Context) error {
	if p.sharee.path == "" {
		return nil
	}
	p.writes = !p.writes
	return p.share(ctx, p.set())
}

func (p *pair) takeBack(ctx context.Context) error {
	p.withoutSharee()
	return p.share(ctx, p.removal())
}

func (p *pair) withoutSharee() { p.sharee.path, p.sharee.alarms = "", map[string]string{} }

func (p *pair) leave(ctx context.Context) error {
	if p.sharee.path == "" {
		return nil
	}
	_, err := p.sharee.want(ctx, []int{http.StatusNoContent}, "DELETE", p.sharee.path, "")
	p.withoutSharee()
	return err
}

var invitationUID = regexp.MustCompile(`<CS:uid>([^<]+)</CS:uid>`)

// invite offers the calendar anew, and the sharee finds the notification and accepts.
func (p *pair) invite(ctx context.Context) error {
	if p.sharee.path != "" {
		return nil
	}
	p.writes = p.rng.IntN(2) == 0
	if err := errors.Join(p.share(ctx, p.removal()), p.share(ctx, p.set())); err != nil {
		return err
	}
	members, err := p.sharee.List(ctx, p.sharee.Home()+"Notifications/")
	if err != nil {
		return err
	}
	for path := range members {
		resp, err := p.sharee.want(ctx, []int{http.StatusOK}, "GET", path, "")
		if err != nil {
			return err
		}
		uid := invitationUID.FindStringSubmatch(string(resp.Body))
		if uid == nil || !strings.Contains(string(resp.Body), "<CS:invite-noresponse/>") {
			continue
		}
		body := `<CS:invite-reply ` + harness.XMLNS + `><CS:invite-accepted/><CS:in-reply-to>` + uid[1] + `</CS:in-reply-to></CS:invite-reply>`
		if resp, err = p.sharee.want(ctx, []int{http.StatusOK}, "POST", p.sharee.Home(), body, "Content-Type", "application/xml"); err != nil {
			return err
		}
		p.sharee.path = between(string(resp.Body), "<D:href>", "</D:href>")
		return nil
	}
	return fmt.Errorf("%s finds no invitation in %v", p.sharee.User, members)
}

// renameCalendar moves the calendar within the home of either side.
func (p *pair) renameCalendar(ctx context.Context) error {
	s := p.anySide()
	p.serial++
	to := fmt.Sprintf("%smoved-%d/", s.Home(), p.serial)
	_, err := s.want(ctx, created, "MOVE", s.path, "", "Destination", s.Base+to)
	s.path = to
	return err
}

// replaceCalendar removes the calendar and makes an empty one at its URL, which nobody is invited to.
func (p *pair) replaceCalendar(ctx context.Context) error {
	if _, err := p.sharer.want(ctx, []int{http.StatusNoContent}, "DELETE", p.sharer.path, ""); err != nil {
		return err
	}
	p.withoutSharee()
	p.titles, p.sharer.alarms = map[string]string{}, map[string]string{}
	_, err := p.sharer.want(ctx, created, "MKCALENDAR", p.sharer.path, "")
	return err
}

// flip changes what the sharee has.
func (p *pair) flip(ctx context.Context) error {
	switch {
	case p.sharee.path == "":
		return p.invite(ctx)
	case p.rng.IntN(3) == 0:
		return p.takeBack(ctx)
	case p.rng.IntN(3) == 0:
		return p.leave(ctx)
	}
	return p.changeAccess(ctx)
}
