package vm

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// control speaks the QEMU Machine Protocol with a running machine.
type control struct {
	mu   sync.Mutex
	conn net.Conn
	in   *bufio.Scanner
}

// maxReply bounds one line of the protocol, in bytes.
const maxReply = 1 << 20

func newControl(conn net.Conn) *control {
	c := &control{conn: conn, in: bufio.NewScanner(conn)}
	c.in.Buffer(nil, maxReply)
	return c
}

// reply is a line that QEMU sends: a greeting, an event, a result or an error.
type reply struct {
	Return json.RawMessage `json:"return"`
	Error  *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
}

// do executes one command and waits for its result.
func (c *control) do(ctx context.Context, command string, arguments map[string]any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	if err := json.NewEncoder(c.conn).Encode(request); err != nil {
		return c.fault(ctx, command, err)
	}
	for c.in.Scan() {
		var r reply
		if err := json.Unmarshal(c.in.Bytes(), &r); err != nil {
			return c.fault(ctx, command, err)
		}
		if r.Error != nil {
			return c.fault(ctx, command, errors.New(r.Error.Desc))
		}
		if r.Return != nil {
			return nil
		}
	}
	if err := c.in.Err(); err != nil {
		return c.fault(ctx, command, err)
	}
	return c.fault(ctx, command, errors.New("the machine has ended"))
}

func (c *control) fault(ctx context.Context, command string, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fmt.Errorf("QEMU command %s: %w", command, err)
}
