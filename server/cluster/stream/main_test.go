package stream_test

import (
	"testing"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestMain(m *testing.M) { Main(m) }
