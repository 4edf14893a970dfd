// SPDX-License-Identifier: Apache-2.0

package tns

// lobRequest is a LOB call as it arrives; the same form, with several locators, frees LOBs in a piggyback.
type lobRequest struct {
	source, dest             []byte
	operation                uint64
	sourceOffset, destOffset uint64
	amount, charset          uint64
	// what the answer has to hold
	wantCharset, wantAmount, wantNull bool
}

func (r *reader) lobRequest() *lobRequest {
	q := &lobRequest{}
	source := r.u8() != 0
	sourceSize := r.count("bytes of locators", maxLOBLocators*locatorSize)
	dest := r.u8() != 0
	destSize := r.count("bytes of locators", maxLOBLocators*locatorSize)
	r.skipUBs(2)
	q.wantCharset = r.u8() != 0
	r.u8()
	q.wantNull = r.u8() != 0
	q.operation = r.ub()
	r.u8()
	changeNumbers := r.count("change numbers", 16)
	q.sourceOffset, q.destOffset = r.ub(), r.ub()
	q.wantAmount = r.u8() != 0
	r.take(6)
	if source {
		q.source = r.take(sourceSize)
	}
	if dest {
		q.dest = r.take(destSize)
	}
	if q.wantCharset {
		q.charset = r.ub()
	}
	r.skipUBs(changeNumbers)
	if q.wantAmount {
		q.amount = r.ub()
	}
	return q
}

// freeLOBs frees the LOBs that a piggyback names.
func (c *conn) freeLOBs() {
	q := c.in.lobRequest()
	for b := q.source; len(b) >= locatorSize && q.operation == lobFreeMany; b = b[locatorSize:] {
		c.lobs.free(b[:locatorSize])
	}
}

// lobCall answers one operation on a LOB.
func (c *conn) lobCall() error {
	q := c.in.lobRequest()
	var data []byte
	if q.operation == lobWrite {
		if kind := c.in.u8(); kind != 14 {
			c.in.fail("message %d where LOB data was expected", kind)
		}
		data = c.in.clr()
	}
	if c.in.err != nil {
		return c.in.err
	}
	data, err := c.lobOperation(q, data)
	if err != nil {
		return c.fail(err)
	}
	w := c.out
	if len(data) > 0 {
		w.u8(14)
		w.clr(data)
	}
	w.u8(8)
	w.u8(q.source...)
	w.u8(q.dest...)
	if q.wantCharset {
		w.ub(q.charset)
	}
	if q.wantAmount {
		w.ub(q.amount)
	}
	if q.wantNull {
		w.ub(0)
	}
	c.summary(summary{})
	return c.finish()
}

// lobOperation does what q asks for, gives the data that was read, and puts amount and locator for the answer into q.
func (c *conn) lobOperation(q *lobRequest, data []byte) ([]byte, error) {
	if q.operation == lobCreateTemp {
		if len(q.source) != locatorSize {
			return nil, Errorf(22275, "invalid LOB locator specified")
		}
		locator, err := c.lobs.add(&lob{character: q.destOffset == uint64(Clob)})
		q.source = locator
		return nil, err
	}
	l, err := c.lobs.get(q.source)
	if err != nil {
		return nil, err
	}
	switch q.operation {
	case lobLength:
		q.amount = uint64(len(l.data) / l.unit())
	case lobRead:
		if q.amount == 0xFFFFFFFF {
			q.amount = 0
		}
		data = l.read(q.sourceOffset, q.amount)
		q.amount = uint64(len(data) / l.unit())
		return data, nil
	case lobWrite:
		return nil, c.lobs.write(l, q.sourceOffset, data)
	case lobTrim:
		return nil, c.lobs.trim(l, q.amount)
	case lobChunkSize:
		q.amount = lobChunk
	case lobFreeTemp:
		c.lobs.free(q.source)
	case lobOpen, lobClose:
	default:
		return nil, Errorf(3001, "unimplemented feature (LOB operation %#x)", q.operation)
	}
	return nil, nil
}
