package ical

// Class is how much of an object people other than its owner are shown (RFC 5545 section 3.8.1.3).
type Class uint8

// The classes, the strictest last. One that is not known here counts as ClassPrivate, as the RFC demands.
const (
	ClassPublic Class = iota
	ClassConfidential
	ClassPrivate
)

// String returns the name in RFC 5545.
func (c Class) String() string { return [...]string{"PUBLIC", "CONFIDENTIAL", "PRIVATE"}[c] }

// Class returns the strictest class that is said anywhere in the object: whoever hides one instance does not want it to be seen
// between the others. Where none is said it is ClassPublic.
func (o *Object) Class() Class { return o.Calendar.class() }

// class returns the strictest class in c and what is in it.
func (c *Component) class() (strictest Class) {
	for i := range c.Props {
		if c.Props[i].Name == "CLASS" {
			strictest = max(strictest, classOf(&c.Props[i]))
		}
	}
	for _, child := range c.Children {
		strictest = max(strictest, child.class())
	}
	return strictest
}

// classOf returns the value of a CLASS property.
func classOf(p *Property) Class {
	switch {
	case is(p, "PUBLIC"):
		return ClassPublic
	case is(p, "CONFIDENTIAL"):
		return ClassConfidential
	}
	return ClassPrivate
}
