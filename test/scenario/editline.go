package scenario

import (
	"errors"
	"slices"
	"strings"
)

// selected returns the properties of a name; selector, unless it is "", is whose address is their value: "me" is the person me.
func (pp *people) selected(c *component, name, selector, me string) []*property {
	found := c.all(name)
	switch selector {
	case "":
		return found
	case "me":
		selector = me
	}
	return slices.DeleteFunc(found, func(p *property) bool { return !pp.names(p, selector) })
}

// names says whether a property is about somebody: by its value, or by the mail address in EMAIL (RFC 7986 section 6.2).
func (pp *people) names(p *property, who string) bool {
	email, _ := p.param("EMAIL")
	return pp.same(p.value, who) || email != "" && pp.same(email, who)
}

// setParam sets a parameter of the properties that are named.
func (o *editing) setParam(c *component, name, selector, param, value string) error {
	found := o.pp.selected(c, strings.ToUpper(name), selector, o.me)
	if len(found) == 0 {
		return errors.New("there is none")
	}
	param = strings.ToUpper(param)
	for _, p := range found {
		p.setParam(param, o.pp.param(param, unquote(value)))
	}
	return nil
}

// removeNamed removes alarms, properties or, where param is not "", a parameter of theirs.
func (o *editing) removeNamed(c *component, name, selector, param string) error {
	if name == "VALARM" && selector == "" && param == "" {
		before := len(c.children)
		c.children = slices.DeleteFunc(c.children, func(child *component) bool { return child.name == "VALARM" })
		if len(c.children) == before {
			return errors.New("there is none")
		}
		return nil
	}
	found := o.pp.selected(c, name, selector, o.me)
	if len(found) == 0 {
		return errors.New("there is none")
	}
	if param == "" {
		c.drop(func(p *property) bool { return slices.Contains(found, p) })
		return nil
	}
	for _, p := range found {
		p.dropParam(param)
	}
	return nil
}

// line puts a content line in the place of those of its name, adds it (sign "+"), or removes its value ("-").
func (o *editing) line(c *component, sign, line string) error {
	p, err := o.pp.property(line)
	if err != nil {
		return err
	}
	switch sign {
	case "":
		c.set(p)
	case "+":
		c.props = append(c.props, p)
	case "-":
		return o.removeValue(c, p)
	}
	return nil
}

// removeValue removes the properties that have p's name and value, and the value from lists.
func (o *editing) removeValue(c *component, p *property) error {
	found := c.drop(func(q *property) bool { return q.name == p.name && q.value == p.value })
	for _, q := range c.all(p.name) {
		values := strings.Split(q.value, ",")
		if i := slices.Index(values, p.value); i >= 0 && slices.Contains(lists, p.name) {
			q.value = strings.Join(slices.Delete(values, i, i+1), ",")
			found++
		}
	}
	if found == 0 {
		return errors.New("there is none")
	}
	return nil
}

// lists are the properties whose values are lists.
var lists = []string{"EXDATE", "RDATE", "CATEGORIES", "FREEBUSY", "RESOURCES"}
