package pubsub

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestMain fails the run when goroutines are left over.
func TestMain(m *testing.M) { gatewaytest.Main(m) }
