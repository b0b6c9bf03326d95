package itip

// counter takes a COUNTER: a proposal that changes nothing until the organizer does (RFC 5546 section 3.2.7).
func (ctx *Context) counter(o, in *object, from Address) (Result, error) {
	if o.Object == nil {
		return Result{Outcome: Unknown}, nil
	}
	x := &in.parts[0]
	_, target := o.origin(x.id)
	switch {
	case target == nil:
		return Result{Outcome: Stale}, nil
	case ctx.attendee(target, ctx.People.Of(from)) == nil:
		return Result{Outcome: Refused, Crashers: []Address{from}}, nil
	case x.rev.Sequence < target.rev.Sequence:
		return Result{Outcome: Stale}, nil
	}
	return Result{Outcome: Proposed}, nil
}

// refresh answers a REFRESH with all that its sender is invited to (RFC 5546 section 3.2.6).
func (ctx *Context) refresh(o *object, from Address) (Result, error) {
	if o.Object == nil {
		return Result{Outcome: Unknown}, nil
	}
	messages, err := Show(*ctx, o.Object, []Address{from})
	switch {
	case err != nil:
		return Result{}, err
	case len(messages) == 0:
		return Result{Outcome: Refused, Crashers: []Address{from}}, nil
	}
	messages[0].Quiet = false
	return Result{
		Outcome: Sent, Messages: messages, Decisions: []Decision{{To: from, Method: Request, Rule: RuleRefreshAsked}},
	}, nil
}
